//! The seed's requirements, one test or more for each line, named as the line says it.

mod functional;
mod nonfunctional;

/// What my page shows: order, payment, delivery.
const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
const DELIVERED: [&str; 3] = ["주문신청", "결제승인", "배송완료"];
const CANCELED: [&str; 3] = ["주문취소", "결제취소", "배송취소"];
