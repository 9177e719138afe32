//! Into lists, objects and words.

use serde::de::{
    self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::Value;

use super::fault::{At, Fault};
use super::{Lenient, Texts};

pub(super) struct Items<'a> {
    pub(super) values: &'a [Value],
    pub(super) next: usize,
    pub(super) at: &'a At<'a>,
    pub(super) texts: Texts<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.values.get(self.next) else {
            return Ok(None);
        };
        let at = At::Item(self.at, self.next);
        self.next += 1;
        seed.deserialize(Lenient {
            value,
            at: &at,
            texts: self.texts,
        })
        .map(Some)
    }
}

pub(super) struct Fields<'a> {
    pub(super) members: serde_json::map::Iter<'a>,
    pub(super) value: Option<(&'a str, &'a Value)>,
    pub(super) at: &'a At<'a>,
    pub(super) texts: Texts<'a>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some((name, value));
        let name: de::value::StrDeserializer<'_, Fault> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (name, value) = self
            .value
            .take()
            .ok_or_else(|| de::Error::custom("a value was read before its name"))?;
        let at = At::Field(self.at, name);
        let texts = self.texts.of(name);
        seed.deserialize(Lenient {
            value,
            at: &at,
            texts,
        })
        .map_err(|fault| fault.within(&at))
    }
}

/// An enum value that is one word.
pub(super) struct Word<'a>(pub(super) &'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let name: de::value::StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }
}
