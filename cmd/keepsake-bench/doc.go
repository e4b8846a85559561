// Command keepsake-bench measures Keepsake as a client meets it: over HTTP, against the built program and a PostgreSQL with durable
// commits that it starts for the purpose, and against the floor, a bare server that does no more than the database work, the
// signature and the answer of a refresh cost by themselves. On a shared machine only the ratio of the two means anything, so
// runs alternate between all that is compared, and medians are shown with the least and the most.
//
// A study (study.go) asks what the table of scenarios can't answer: how things are among ten million tokens, after a million rotations or ten
// minutes, with several servers, under overload, at the start. Studies run when they are named.
//
// It owns the load generators, the floor (a subcommand of this program) and the report. It measures the product from the outside and shares
// no code with it, but for the text of the two SQL statements (store.RefreshStatements), and ids, hashes and keys (models). The form of refresh
// tokens it has once more (floortoken.go), and notices when that changes, because then nothing is answered. What the floor signs, logs and
// answers it learns from an exchange that Keepsake answered, so that it can't fall behind.
package main
