//! Orange: facts, with stable wire names.

use serde::{Serialize, de::DeserializeOwned};

/// A fact that other contexts may rely on. Its JSON fields are the wire's.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name on the wire (`eventType`), e.g. `OrderPlaced`.
    const TYPE: &'static str;
}

/// All the events that one aggregate can tell. Written by [`events!`](crate::events).
pub trait EventSet: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The wire names, in the order of the wall.
    const TYPES: &'static [&'static str];

    /// The wire name of this one.
    fn event_type(&self) -> &'static str;

    /// Its fields as JSON.
    ///
    /// # Errors
    /// When a field cannot be JSON, e.g. a map whose keys are not strings.
    fn to_json(&self) -> serde_json::Result<String>;
}

/// An event that was decided and is not yet committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshEvent {
    /// The wire name.
    pub event_type: &'static str,
    /// The fields, as a JSON object.
    pub data: String,
}

/// Gathers an aggregate's event structs into one enum and gives each its wire name, which is the
/// struct's own.
///
/// ```
/// #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// pub struct KettleBoiled { pub litres: i64 }
///
/// storm::events! {
///     /// What a kettle can tell.
///     pub enum KettleEvent { KettleBoiled }
/// }
///
/// use storm::EventSet;
/// assert_eq!(KettleEvent::TYPES, ["KettleBoiled"]);
/// assert_eq!(KettleEvent::from(KettleBoiled { litres: 1 }).to_json().unwrap(), r#"{"litres":1}"#);
/// ```
#[macro_export]
macro_rules! events {
    ($(#[$meta:meta])* $vis:vis enum $set:ident { $($event:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(
            clippy::enum_variant_names,
            reason = "they are the events' names, which are the wire's"
        )]
        $vis enum $set {
            $(#[doc = concat!("See [`", stringify!($event), "`].")] $event($event),)+
        }

        $(
            impl $crate::Event for $event {
                const TYPE: &'static str = stringify!($event);
            }

            impl From<$event> for $set {
                fn from(event: $event) -> Self {
                    Self::$event(event)
                }
            }
        )+

        impl $crate::EventSet for $set {
            const TYPES: &'static [&'static str] = &[$(stringify!($event)),+];

            fn event_type(&self) -> &'static str {
                match self {
                    $(Self::$event(_) => stringify!($event),)+
                }
            }

            fn to_json(&self) -> $crate::serde_json::Result<String> {
                match self {
                    $(Self::$event(event) => $crate::serde_json::to_string(event),)+
                }
            }
        }
    };
}
