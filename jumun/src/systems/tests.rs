mod patches;

use super::*;
use crate::toy;

#[test]
fn a_system_is_found_by_its_name_and_a_near_miss_is_told() {
    let systems = Systems::new(&[toy::system]);
    assert_eq!(systems.find("teahouse").unwrap().name(), "teahouse");
    let refused = systems.find("teahuose").err().unwrap().to_string();
    assert!(refused.contains("did you mean `teahouse`?"), "{refused}");
}

#[test]
fn ours_can_be_carried_together() {
    Systems::new(OURS).check().unwrap();
}

#[test]
fn every_one_of_ours_names_a_request_to_try_that_it_understands() {
    for system in Systems::new(OURS).all() {
        let example = system.example().unwrap();
        let mut aggregates = system.contexts().iter().flat_map(Context::aggregates);
        let owner = aggregates.find(|a| a.collection() == example.collection);
        let body = storm::serde_json::from_str(example.body).unwrap();
        let understood = owner.map(|a| a.command(&storm::Verb::Create, &body).is_ok());
        assert_eq!(understood, Some(true), "{}", system.name());
    }
}

#[test]
fn two_systems_of_one_name_or_none_at_all_are_refused() {
    let twice = Systems::new(&[toy::system, toy::system]).check();
    assert!(twice.unwrap_err().to_string().contains("teahouse"));
    assert!(Systems::new(&[]).check().is_err());
}
