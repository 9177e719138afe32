//! The seed's requirements, one test or more for each line, named as the line says it.

mod functional;
mod nonfunctional;
