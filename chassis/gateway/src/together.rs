//! Several questions at once.

use tokio::task::JoinSet;

/// Asks all at once, and answers in the order in which they were given. One that panics has no
/// answer, and takes nobody else's away.
pub(crate) async fn together<F>(questions: impl IntoIterator<Item = F>) -> Vec<Option<F::Output>>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let mut asked = JoinSet::new();
    let mut answers = Vec::new();
    for (number, question) in questions.into_iter().enumerate() {
        answers.push(None);
        asked.spawn(async move { (number, question.await) });
    }
    while let Some(answered) = asked.join_next().await {
        let Ok((number, answer)) = answered else {
            continue;
        };
        if let Some(place) = answers.get_mut(number) {
            *place = Some(answer);
        }
    }
    answers
}
