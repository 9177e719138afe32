//! What stands below the flags in each command's help. Tests keep every line within 80 columns, and
//! try every example.

pub(super) const ABOUT: &str =
    "From the wall of stickers to a running product: whole business systems in one process.";

pub(super) const EXAMPLES: &str = "\
Examples:
  jumun                              all systems: http://localhost:8088
  jumun --port 9000                  the same, on another port
  jumun up fruitstore                the fruit shop alone
  jumun board fruitstore             its wall of stickers
  jumun events fruitstore --follow   its log, as it is written
  jumun dead-letters fruitstore      what could not be delivered, and why
  jumun backup fruitstore monday     all of its data, while it runs
  jumun check                        is the configuration sound?

Settings are read from jumun.toml, then from JUMUN_… variables, then from
flags; docs/configuration.md has every key. JUMUN_LOG=info logs more.
Exit codes: 0 fine, 1 it failed (the last line says why), 2 the command line
was wrong.";

pub(super) const UP: &str = "\
Examples:
  jumun up                       all systems on 8088, and a page that lists them
  jumun up fruitstore            gateway and contexts on their original ports
  jumun up fruitstore --port 0   one free port, printed, and no other
  jumun up fruitstore --port 9000 --context-ports
  jumun up fruitstore --chaos --config demo.toml
  jumun up fruitstore --split    a process for the gateway and for each context
  jumun up fruitstore --split --replicas 2
                                 two of each, on a database server and Kafka

Once it can be used, it prints a line that begins with `gateway` and a URL.
Ctrl-C stops it when requests in flight are finished; a second Ctrl-C at once.";

pub(super) const SERVE: &str = "\
Example:
  jumun serve fruitstore payment   on its original port, 8087

Other contexts are asked at the `address` that the configuration gives them, or
else on their original ports on this machine. Events arrive through Kafka where
[kafka] is configured; then a context whose store is on a server may have any
number of replicas. Without Kafka they are read from the others' files, so all
must share one --data folder.";

pub(super) const GATEWAY: &str = "\
Example:
  jumun gateway fruitstore

Contexts are asked at the `address` that the configuration gives them; several
addresses, separated by commas, take turns. Without one, the original port on
this machine is used:
  JUMUN_SYSTEMS__FRUITSTORE__PAYMENT__ADDRESS=http://payment:8087";

pub(super) const BOARD: &str = "\
Examples:
  jumun board fruitstore
  jumun board fruitstore --format svg --out fruitstore.svg
  jumun board --format map --out context-map.md";

pub(super) const EVENTS: &str = "\
Examples:
  jumun events fruitstore --follow
  jumun events fruitstore --correlation 3f9e00fba6b4ff571b6fce4728ab4a0a
  jumun events fruitstore --type OrderCanceled --json

Columns: time (UTC), context, type, correlation id, data. Colours only on a
terminal, and never with NO_COLOR.";

pub(super) const REBUILD: &str = "\
Example:
  jumun rebuild fruitstore mypage myPages

The running system does it; when none runs, this command does.";

pub(super) const DEAD_LETTERS: &str = "\
Examples:
  jumun dead-letters fruitstore
  jumun dead-letters fruitstore show delivery/payment/17
  jumun dead-letters fruitstore retry delivery/payment/17

The running system does it; when none runs, this command does.";

pub(super) const ADVANCE: &str = "\
Example:
  jumun advance fruitstore order

A context does not start when others have heard more of its log than is in it:
its store was restored from an older backup, or cut short. It would give ids
again that others know, and they would pass over its next events. Put the newer
store back if there is one. If not, stop the context (the others may run) and
run this: it skips the positions that others have heard, and 100000 ids or more,
and says what is lost. Contexts whose stores cannot be read from here are named;
say with --past how far they have heard it.";

pub(super) const CHECK: &str = "\
Examples:
  jumun check
  jumun check fruitstore --verbose
  jumun check --config staging.toml --port 9000 --json

Changes nothing, and does not disturb a system that runs. What is wrong comes
first, then warnings. Exit codes: 0 nothing is wrong (there may be warnings),
1 something is wrong, 2 the command line was wrong.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  jumun completions bash > /etc/bash_completion.d/jumun
  jumun completions zsh > ~/.zfunc/_jumun
  jumun completions fish > ~/.config/fish/completions/jumun.fish";

pub(super) const MAN: &str = "\
Example:
  jumun man /usr/local/share/man/man1";

pub(super) const MOVE: &str = "\
Examples:
  jumun move fruitstore --to postgres://jumun@127.0.0.1:5432/shop
  jumun move fruitstore mypage --to sqlite: --drop-source

The system must not run. What is written is read back and compared. No context
starts on the new store before all of it is there; a move that was broken off
goes on where it ended when it is run again. The old store stays as it is until
--drop-source, which can be said later, too.

Where Kafka is configured afterwards, it begins where the logs ended. With
--history the whole logs go to the topic: then read models can be rebuilt from
it, and other programs on the topic hear what is long past.";

pub(super) const BACKUP: &str = "\
Example:
  jumun backup fruitstore backups/monday

Makes a SQLite file for each context, wherever its store is, and manifest.json.
The system goes on meanwhile, in one process or in many; commits wait for some
milliseconds when the copy begins.";

pub(super) const RESTORE: &str = "\
Example:
  jumun restore fruitstore backups/monday

The system must not run. Compares the backup with its manifest first.";
