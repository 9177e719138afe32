//! What is asked of what people write, whichever form it is in.

use storm::form::Field;
use storm::{Refusal, text};

/// Refuses a text that says nothing, or too much, or what nobody can read.
pub(crate) fn filled<'a>(
    field: Field,
    text: impl Into<Option<&'a str>>,
    longest: usize,
) -> Result<(), Refusal> {
    let text = text.into();
    field.filled(text, "text-missing")?;
    field.one_line(text)?;
    field.at_most(text, longest)
}

/// Refuses a request that names another order than the one it would change.
pub(crate) fn is_about(order_no: &str, named: Option<&str>) -> Result<(), Refusal> {
    if named.is_none_or(|named| text::same(named, order_no)) {
        return Ok(());
    }
    let reason = format!("This belongs to order {order_no}, and `orderNo` names another one.");
    Err(Refusal::conflict("order-no-differs", reason).ko(format!(
        "주문번호 {order_no}에 속한 항목입니다. 주문번호를 다시 확인해 주세요."
    )))
}
