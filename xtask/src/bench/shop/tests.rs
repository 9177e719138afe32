use super::{Commits, read_commits};

#[test]
fn commits_are_read_by_context_whatever_else_is_told() {
    let metrics = "\
# HELP jumun_commits_total Commits.
# TYPE jumun_commits_total counter
jumun_commits_total{system=\"fruitstore\",context=\"order\"} 10
jumun_commits_total{context=\"payment\",system=\"fruitstore\"} 4.0
jumun_committed_commands_total{context=\"order\"} 250
jumun_committed_commands_total{context=\"payment\",kind=\"payment\"} 30
jumun_committed_commands_total{context=\"payment\",kind=\"other\"} 6
jumun_lag_events{context=\"order\"} 7
up 1
# EOF
";
    let commits = read_commits(metrics);
    assert_eq!(commits.len(), 2);
    let order = Commits {
        commits: 10,
        commands: 250,
    };
    let payment = Commits {
        commits: 4,
        commands: 36,
    };
    assert_eq!(commits.get("order"), Some(&order));
    assert_eq!(commits.get("payment"), Some(&payment));
}
