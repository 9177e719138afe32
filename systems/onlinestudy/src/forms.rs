//! What is asked of what people write, whichever form it is in.

use storm::Refusal;

/// Refuses a text that says nothing, or too much, or what nobody can read.
pub(crate) fn filled(field: &'static str, text: &str, longest: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        let reason = format!("`{field}` is required, and is empty.");
        return Err(Refusal::invalid(field, "text-missing", reason)
            .ko(format!("{field} 값을 입력해 주세요.")));
    }
    if text.chars().any(char::is_control) {
        let reason = format!("`{field}` must be one line without control characters.");
        return Err(Refusal::invalid(field, "text-unreadable", reason)
            .ko(format!("{field} 값에 사용할 수 없는 문자가 있습니다.")));
    }
    if length > longest {
        let reason = format!("`{field}` may have {longest} characters, and has {length}.");
        return Err(Refusal::invalid(field, "text-too-long", reason)
            .ko(format!("{field} 값은 {longest}자까지 입력할 수 있습니다.")));
    }
    Ok(())
}

/// Refuses a request that names another order than the one it would change.
pub(crate) fn is_about(order_no: &str, named: Option<&str>) -> Result<(), Refusal> {
    if named.is_none_or(|named| named == order_no) {
        return Ok(());
    }
    let reason = format!("This belongs to order {order_no}, and `orderNo` names another one.");
    Err(Refusal::conflict("order-no-differs", reason).ko(format!(
        "주문번호 {order_no}에 속한 항목입니다. 주문번호를 다시 확인해 주세요."
    )))
}
