//! Users of a file: what comes in, what is told by its line, and that nothing comes in half.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::path::Path;

use program::{CLIENT, ENVIRONMENT, Ended, Program, SECRET, Serving, each_database, run_with};
use serde_json::Value;

/// C4: users come in while the server runs, from either kind of file, with their passwords; their numbers are right, and a second
/// run changes what it is told to.
#[test]
fn users_come_with_their_passwords() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        assert_eq!(Program::create(&serving.populations(), &bearer, "{\"name\":\"Staff\"}"), 201);
        write(
            place,
            "users.csv",
            &format!(
                "Username;email;name.given;title;population;password;emailVerified;enabled;address.countryCode;id\n\
                 ada;ada@example.test;Ada;\"Love; \"\"lace\"\"\";staff;{BCRYPT};true;true;GB;{ID}\n\
                 \n\
                 bob;bob@example.test;;;;{SSHA};;false;;\n"
            ),
        );
        write(
            place,
            "users.jsonl",
            &format!(
                "{{\"username\":\"cyd\",\"email\":\"cyd@example.test\",\"name\":{{\"given\":\"Cyd\"}},\"password\":{{\"value\":\"{BCRYPT}\",\"forceChange\":true}},\
                 \"environment\":{{\"id\":\"{ENVIRONMENT}\"}},\"_links\":{{}},\"createdAt\":\"2020-01-01T00:00:00Z\"}}\n\
                 {{\"username\":\"dee\",\"email\":\"dee@example.test\"}}\n"
            ),
        );
        let import = |arguments: &[&str]| {
            run_with(place, &[&["import", "users", "--environment", ENVIRONMENT], arguments].concat(), database)
        };
        done(&import(&["users.csv", "--check"]), "2 users can be imported.");
        done(&import(&["users.csv"]), "imported 2, updated 0, skipped 0");
        done(&import(&["users.jsonl", "--population", "Staff"]), "imported 2, updated 0, skipped 0");

        let ada = user(&serving, &bearer, "ada");
        assert_eq!((ada["id"].as_str(), ada["title"].as_str()), (Some(ID), Some("Love; \"lace\"")));
        assert_eq!((&ada["emailVerified"], &ada["address"]["countryCode"]), (&true.into(), &"GB".into()));
        assert_eq!(user(&serving, &bearer, "bob")["enabled"], false);
        for (name, fits) in [("ada", true), ("cyd", true), ("dee", false)] {
            let id = user(&serving, &bearer, name)["id"].as_str().unwrap().to_owned();
            let url = format!("{}/{id}/password", users(&serving));
            assert_eq!(Program::check_password(&url, &bearer, PASSWORD) == 200, fits, "{name}");
            assert_eq!(Program::check_password(&url, &bearer, "wrong"), 400, "{name}");
        }
        for (name, status) in [("ada", "OK"), ("cyd", "MUST_CHANGE_PASSWORD")] {
            let id = user(&serving, &bearer, name)["id"].as_str().unwrap().to_owned();
            let state = json(&format!("{}/{id}/password", users(&serving)), &bearer);
            assert_eq!(state["status"], status, "{name}");
        }
        assert_eq!(numbers(&serving, &bearer), (4, vec![1, 3]));

        again(place, &serving, &import);
    });
}

/// A second run tells by the line, passes over, or writes.
fn again(place: &Path, serving: &Serving, import: &dyn Fn(&[&str]) -> Ended) {
    let bearer = serving.bearer(CLIENT, SECRET);
    let ada = user(serving, &bearer, "ada");
    let again = import(&["users.csv"]);
    assert!(again.code == 1 && again.errors.contains("nothing was imported"), "{}", again.errors);
    for line in ["line 2: username: is already in use", "line 4: username: is already in use"] {
        assert!(again.errors.contains(line), "{}", again.errors);
    }
    done(&import(&["users.csv", "--existing", "skip"]), "imported 0, updated 0, skipped 2");
    write(
        place,
        "more.csv",
        "username,email,nickname,population\nADA,ada@new.test,Countess,\neve,eve@example.test,,\nbob,,,Staff\n",
    );
    let refused = import(&["more.csv", "--existing", "update"]);
    assert!(refused.code == 1 && refused.errors.contains("line 4: email"), "{}", refused.errors);
    write(
        place,
        "more.csv",
        "username,email,nickname,population\nADA,ada@new.test,Countess,\neve,eve@example.test,,\nbob,bob@example.test,,Staff\n",
    );
    done(&import(&["more.csv", "--existing", "update"]), "imported 1, updated 2, skipped 0");
    let after = user(serving, &bearer, "ada");
    assert_eq!((&after["nickname"], &after["name"]["given"]), (&"Countess".into(), &"Ada".into()));
    assert_eq!((&after["email"], &after["emailVerified"]), (&"ada@new.test".into(), &false.into()));
    assert_eq!(after["population"]["id"], ada["population"]["id"]);
    assert_eq!(numbers(serving, &bearer), (5, vec![1, 4]));
    let url = format!("{}/{ID}/password", users(serving));
    assert_eq!(Program::check_password(&url, &bearer, PASSWORD), 200);
    let (_, events) =
        Program::get(&format!("http://{}/v1/environments/{ENVIRONMENT}/activities?limit=100", serving.listen), &bearer);
    assert!(events.matches("USER.CREATED").count() == 5 && events.contains("USER.UPDATED"), "{events}");
}

/// C4: every fault is told by its line and without its value, and nothing is imported unless that is asked for.
#[test]
fn faults_are_told_by_their_lines() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let import = |arguments: &[&str]| {
            run_with(place, &[&["import", "users", "--environment", ENVIRONMENT], arguments].concat(), database)
        };
        write(
            place,
            "users.csv",
            &format!(
                "username,email,password,population,environment\n\
                 right,right@example.test,{BCRYPT},,\n\
                 right,other@example.test,,,\n\
                 nomail,hunter2,,,\n\
                 hash,hash@example.test,{{MD5}}hunter2hunter2,,\n\
                 plain,plain@example.test,hunter2,,\n\
                 few\n\
                 nowhere,nowhere@example.test,,Hunter2,\n\
                 other,other@example.test,,,{ID}\n\
                 \"open,open@example.test,,,\n"
            ),
        );
        let told = import(&["users.csv"]);
        assert!(
            told.code == 1 && told.errors.contains("8 of 9 users have a fault: nothing was imported"),
            "{}",
            told.errors
        );
        for line in [
            "line 3: username: line 2 has the same",
            "line 4: email: ",
            "line 5: password.value: is a hash",
            "line 6: password.value: ",
            "line 7: has 1 fields and not 5",
            "line 8: population: no population of this environment",
            "line 9: environment: there is none",
            "line 10: is not CSV: a quote is opened",
        ] {
            assert!(told.errors.contains(line), "{line}: {}", told.errors);
        }
        assert!(!told.errors.to_lowercase().contains("hunter2"), "{}", told.errors);
        assert_eq!(numbers(&serving, &bearer).0, 0);
        assert!(import(&["users.csv", "--check"]).errors.contains("nothing was imported"));
        let some = import(&["users.csv", "--skip-faults"]);
        assert!(
            some.code == 1 && some.output.contains("imported 1, updated 0, skipped 0"),
            "{} {}",
            some.output,
            some.errors
        );
        assert_eq!(numbers(&serving, &bearer).0, 1);

        taken_ids(place, &import);
        assert_eq!(numbers(&serving, &bearer).0, 2);
        other_faults(place, &import);
        foreign_ids(place, &import);
    });
}

/// More lines than one commit has: all are looked at, those of different commits beside each other, and all come in.
#[test]
fn a_long_file_comes_in_whole() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let line = |number| {
            let name = if number == 1200 { 2 } else { number };
            format!("user{name},user{number}@example.test\n")
        };
        let text = ["username,email\n".to_owned()].into_iter().chain((2..=1203).map(line)).collect::<String>();
        write(place, "many.csv", &text);
        let import = |arguments: &[&str]| {
            run_with(
                place,
                &[&["import", "users", "many.csv", "--environment", ENVIRONMENT], arguments].concat(),
                database,
            )
        };
        let told = import(&[]);
        assert!(told.code == 1 && told.errors.contains("line 1200: username: line 2 has the same"), "{}", told.errors);
        assert!(told.errors.contains("1 of 1202 users have a fault: nothing was imported"), "{}", told.errors);
        assert_eq!(numbers(&serving, &bearer), (0, vec![0]));
        let some = import(&["--skip-faults"]);
        assert!(some.code == 1 && some.output.contains("imported 1201, updated 0, skipped 0"), "{}", some.output);
        assert_eq!(numbers(&serving, &bearer), (1201, vec![1201]));
        assert_eq!(user(&serving, &bearer, "user1203")["email"], "user1203@example.test");
    });
}

/// An id that another line or another user has is told before anything is written, as a name is.
fn taken_ids(place: &Path, import: &dyn Fn(&[&str]) -> Ended) {
    write(
        place,
        "ids.csv",
        &format!("username,email,id\nfirst,a@example.test,{ID}\nsecond,b@example.test,{ID}\nthird,c@example.test,\n"),
    );
    let twice = import(&["ids.csv"]);
    assert!(twice.code == 1 && twice.errors.contains("line 3: id: line 2 has the same"), "{}", twice.errors);
    assert!(twice.errors.contains("1 of 3 users have a fault: nothing was imported"), "{}", twice.errors);
    write(place, "ids.csv", &format!("username,email,id\nfirst,a@example.test,{ID}\n"));
    done(&import(&["ids.csv"]), "imported 1, updated 0, skipped 0");
    done(&import(&["ids.csv", "--existing", "skip"]), "imported 0, updated 0, skipped 1");
    done(&import(&["ids.csv", "--existing", "update"]), "imported 0, updated 1, skipped 0");
    write(place, "ids.csv", &format!("username,email,id\nfourth,d@example.test,{ID}\nfifth,e@example.test,\n"));
    for more in [&["--check"][..], &[], &["--existing", "skip"], &["--existing", "update"]] {
        let taken = import(&[&["ids.csv"], more].concat());
        let told = taken.errors.contains("line 2: id: is already in use in this environment");
        assert!(taken.code == 1 && told && taken.errors.contains("nothing was imported"), "{more:?} {}", taken.errors);
    }
}

/// An id belongs to one user: of two lines, and of a line and somebody who is there.
fn foreign_ids(place: &Path, import: &dyn Fn(&[&str]) -> Ended) {
    const ANN: &str = "11111111-1111-4111-8111-111111111111";
    const BEN: &str = "22222222-2222-4222-8222-222222222222";
    write(place, "ids.csv", &format!("username,email,id\nann,a@example.test,{ANN}\nben,b@example.test,{ANN}\n"));
    let told = import(&["ids.csv", "--check"]);
    assert!(told.code == 1 && told.errors.contains("line 3: id: line 2 has the same"), "{}", told.errors);
    write(place, "ids.csv", &format!("username,email,id\nann,a@example.test,{ANN}\n"));
    done(&import(&["ids.csv"]), "imported 1, updated 0, skipped 0");
    write(place, "ids.csv", &format!("username,email,id\nben,b@example.test,{ANN}\n"));
    let told = import(&["ids.csv", "--check"]);
    assert!(told.code == 1 && told.errors.contains("line 2: id: is already in use"), "{}", told.errors);
    write(place, "ids.csv", &format!("username,email,id\nann,new@example.test,{BEN}\n"));
    let told = import(&["ids.csv", "--existing", "update"]);
    assert!(
        told.code == 1 && told.errors.contains("line 2: id: the user with this name has another"),
        "{}",
        told.errors
    );
    write(place, "ids.csv", &format!("username,email,id\nann,new@example.test,{ANN}\n"));
    done(&import(&["ids.csv", "--existing", "update"]), "imported 0, updated 1, skipped 0");
}

/// Of JSON, and of a file as a whole.
fn other_faults(place: &Path, import: &dyn Fn(&[&str]) -> Ended) {
    write(place, "users.jsonl", "{\"username\":\"hunter2\n[]\n{\"email\":7,\"username\":\"\"}\n");
    let told = import(&["users.jsonl"]);
    for line in ["line 1: is not JSON, at column", "line 2: is not a JSON object", "line 3: username: "] {
        assert!(told.code == 1 && told.errors.contains(line), "{line}: {}", told.errors);
    }
    assert!(!told.errors.contains("hunter2"), "{}", told.errors);
    // F18: of two values of one name, at whatever depth, nobody guesses which is meant.
    let twice = "{\"username\":\"ann\",\"username\":\"ben\"}\n{\"username\":\"x\",\"name\":{\"given\":\"a\",\"given\":\"b\"}}\n";
    write(place, "users.jsonl", twice);
    let told = import(&["users.jsonl"]);
    for line in ["line 1: says something twice", "line 2: says something twice"] {
        assert!(told.code == 1 && told.errors.contains(line), "{line}: {}", told.errors);
    }
    // As a spreadsheet of Western Europe writes it, and with the mark that some programs put before UTF-8.
    for (name, text, told) in [
        (
            "latin.csv",
            &b"username,email\nj\xfcrg,hunter2\nx,\"\n\xfc\"\n"[..],
            ["line 2: is not UTF-8", "line 3: is not UTF-8"],
        ),
        ("latin.jsonl", b"\xef\xbb\xbf{\"username\":\"x\"}\n\xff\n", ["line 1: email: ", "line 2: is not UTF-8"]),
    ] {
        std::fs::write(place.join(name), text).unwrap();
        let ended = import(&[name]);
        let all = told.iter().all(|line| ended.errors.contains(line));
        assert!(ended.code == 1 && all && ended.errors.contains("2 of 2 users"), "{name} {}", ended.errors);
    }
    std::fs::write(place.join("utf16.csv"), b"\xff\xfeu\0s\0e\0r\0\n\0").unwrap();
    write(place, "odd.csv", "username,mail\n");
    write(place, "twice.csv", "username,email,Email\nx,x@example.test,y@example.test\n");
    write(place, "odd.txt", "username,email\n");
    for (arguments, told) in [
        (&["odd.csv"][..], "the column mail is not known"),
        (&["utf16.csv"], "the header of utf16.csv is not UTF-8"),
        (&["twice.csv"], "the column email is there twice"),
        (&["odd.txt"], "say with --format"),
        (&["none.csv"], "none.csv cannot be read"),
    ] {
        let ended = import(arguments);
        assert!(ended.code == 78 && ended.errors.contains(told), "{arguments:?} {}", ended.errors);
    }
}

fn done(ended: &Ended, told: &str) {
    assert!(ended.code == 0 && ended.output.contains(told), "{} {}", ended.output, ended.errors);
}

fn write(place: &Path, name: &str, text: &str) {
    std::fs::write(place.join(name), text).unwrap();
}

fn users(serving: &Serving) -> String {
    format!("http://{}/v1/environments/{ENVIRONMENT}/users", serving.listen)
}

fn json(url: &str, bearer: &str) -> Value {
    let (status, answer) = Program::get(url, bearer);
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn user(serving: &Serving, bearer: &str, name: &str) -> Value {
    let found = json(&format!("{}?filter=username%20eq%20%22{name}%22", users(serving)), bearer);
    found["_embedded"]["users"][0].clone()
}

/// How many users there are, and in each population, in their order.
fn numbers(serving: &Serving, bearer: &str) -> (i64, Vec<i64>) {
    let all = json(&format!("{}?limit=1", users(serving)), bearer)["count"].as_i64().unwrap_or_default();
    let populations = json(&serving.populations(), bearer);
    let of = |population: &Value| population["userCount"].as_i64().unwrap_or_default();
    (all, populations["_embedded"]["populations"].as_array().unwrap().iter().map(of).collect())
}

const ID: &str = "0b2c9f6e-4b44-4c38-9f9d-6a3f6d1f3d7e";
/// Of one password, made by libxcrypt.
const PASSWORD: &str = "Migrated-Horse-7";
const BCRYPT: &str = "{BCRYPT}$2b$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy";
const SSHA: &str = "{SSHA}Pq7jDNYaWUGGJ7NTLC8KjN78e/UxMjM0NTY3OA==";
