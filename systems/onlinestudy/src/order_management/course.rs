//! The catalogue: what students search before they order.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::text::as_kept;
use storm::{Aggregate, Decision, Id, Key, Patch, Refusal, Resource, events};

use super::course_order::LONGEST_NUMBER;
use crate::forms::filled;

/// Courses, at `/courses`; found by words of title and teacher.
pub(super) fn catalogue() -> Resource<Course> {
    Resource::at("courses", "course", |course: &Course| course.offer.clone())
        .found_by("courseNo")
        .searched_by("word")
        .create(|offer: Offer| offer.checked().map(CourseCommand::Register))
        .replace(|offer: Offer| offer.checked().map(CourseCommand::Replace))
        .change(|patch: Patch<Offer>| Ok(CourseCommand::Change(patch)))
        .remove(|_| Ok(CourseCommand::Remove))
}

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum CourseCommand {
    Register(Offer),
    Replace(Offer),
    Change(Patch<Offer>),
    Remove,
}

/// What is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Its number, which orders name.
    pub course_no: String,
    /// What it is called.
    pub title: String,
    /// Who teaches it.
    pub teacher: Option<String>,
    /// In won.
    pub fee: Option<i64>,
}

const LONGEST_TITLE: usize = 200;
const LONGEST_NAME: usize = 100;

impl Offer {
    fn checked(self) -> Result<Self, Refusal> {
        filled(
            field("courseNo", "강좌번호"),
            self.course_no.as_str(),
            LONGEST_NUMBER,
        )?;
        filled(field("title", "강좌명"), self.title.as_str(), LONGEST_TITLE)?;
        filled(
            field("teacher", "강사 이름"),
            self.teacher.as_deref(),
            LONGEST_NAME,
        )?;
        field("fee", "수강료").at_least(self.fee, 0, "fee-negative")?;
        Ok(self)
    }
}

// Events

/// A course is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseRegistered {
    /// The course.
    pub id: Id,
    /// What it offers.
    #[serde(flatten)]
    pub offer: Offer,
}

/// It offers something else from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseChanged {
    /// The course.
    pub id: Id,
    /// What it offers now.
    #[serde(flatten)]
    pub offer: Offer,
}

/// It is offered no more. Orders stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CourseRemoved {
    /// The course.
    pub id: Id,
    /// Its number, which another one may have from now on.
    pub course_no: String,
}

events! {
    /// What a course can tell.
    pub enum CourseEvent { CourseRegistered, CourseChanged, CourseRemoved }
}

// Aggregate

/// A course; one that offers nothing is not registered yet, or was removed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    offer: Option<Offer>,
}

impl Aggregate for Course {
    const KIND: &'static str = "course";
    type Command = CourseCommand;
    type Event = CourseEvent;

    fn decide(&self, id: Id, command: CourseCommand) -> Decision<CourseEvent> {
        match (&self.offer, command) {
            (None, CourseCommand::Register(offer)) => {
                Ok(vec![CourseRegistered { id, offer }.into()])
            }
            (Some(known), CourseCommand::Register(offer)) if *known == offer => Ok(vec![]),
            (Some(_), CourseCommand::Register(_)) => Err(Refusal::conflict(
                "course-differs",
                "There is another course with this `courseNo`. Change that one, or choose another number.",
            )
            .ko("이미 다른 강좌가 사용 중인 강좌번호입니다.")),

            (Some(known), CourseCommand::Replace(offer)) => known.replaced(id, offer),
            (Some(known), CourseCommand::Change(patch)) => {
                known.replaced(id, patch.onto(known)?.checked()?)
            }
            (Some(known), CourseCommand::Remove) => {
                let course_no = known.course_no.clone();
                Ok(vec![CourseRemoved { id, course_no }.into()])
            }
            (None, CourseCommand::Remove) => Ok(vec![]),
            (None, CourseCommand::Replace(_) | CourseCommand::Change(_)) => Err(
                Refusal::not_found("course-unknown", "There is no such course.").ko("그런 강좌가 없습니다."),
            ),
        }
    }

    fn evolve(self, event: &CourseEvent) -> Self {
        let offer = match event {
            CourseEvent::CourseRegistered(registered) => Some(registered.offer.clone()),
            CourseEvent::CourseChanged(changed) => Some(changed.offer.clone()),
            CourseEvent::CourseRemoved(_) => None,
        };
        Self { offer }
    }

    fn keys(&self) -> Vec<Key> {
        let Some(offer) = &self.offer else {
            return vec![];
        };
        let teacher = offer.teacher.as_deref().unwrap_or_default();
        let mut keys = Key::words("word", &format!("{} {teacher}", offer.title));
        keys.push(Key::unique("courseNo", &offer.course_no));
        keys
    }

    fn identity(command: &CourseCommand) -> Option<Key> {
        match command {
            CourseCommand::Register(offer) => Some(Key::unique("courseNo", &offer.course_no)),
            CourseCommand::Replace(_) | CourseCommand::Change(_) | CourseCommand::Remove => None,
        }
    }
}

impl Offer {
    fn replaced(&self, id: Id, mut offer: Self) -> Decision<CourseEvent> {
        offer.course_no = as_kept(offer.course_no, &self.course_no);
        if offer.course_no != self.course_no {
            let reason = format!("`courseNo` stays {}: orders name it.", self.course_no);
            return Err(
                Refusal::conflict("course-no-fixed", reason).ko("강좌번호는 바꿀 수 없습니다.")
            );
        }
        if offer == *self {
            return Ok(vec![]);
        }
        Ok(vec![CourseChanged { id, offer }.into()])
    }
}

#[cfg(test)]
mod tests;
