mod counted;
mod documented;
mod times;

use proptest::strategy::Strategy as _;
use serde_json::{Value, json};

use super::{Effort, Expression, Failed};
use crate::time::Time;

/// The people of the examples below.
fn root() -> Value {
    json!({
        "user": {
            "name": { "given": "Ada", "family": "Byron" },
            "email": "ada@example.com",
            "role": "SA",
            "days": 12,
            "memberOfGroupNames": ["Admin", "User"],
            "groupDNs": ["CN=Devs,CN=Users,DC=example", "CN=Ops,CN=Users,DC=example"],
            "contacts": [
                { "type": "email", "info": "ada@example.com", "primary": false },
                { "type": "phone", "info": 1234, "primary": true },
                { "type": "phone", "info": 5678, "primary": false },
            ],
            "full-name": "Ada Byron",
        },
    })
}

fn worth(source: &str) -> Result<Value, Failed> {
    let read = Expression::parse(source).unwrap_or_else(|why| panic!("{source}: {why}"));
    evaluated(&read, Time::from_secs(1_700_000_000))
}

fn evaluated(read: &Expression, now: Time) -> Result<Value, Failed> {
    read.evaluate(&root(), now, &mut Effort::default())
}

fn of(expression: &str) -> Value {
    worth(&format!("${{{expression}}}")).unwrap_or_else(|why| panic!("{expression}: {why}"))
}

/// What the public pages of the language show, with people of our own.
#[test]
fn what_is_documented_is_worth_what_is_documented() {
    for (expression, value) in plain().into_iter().chain(of_lists_and_times()) {
        assert_eq!(of(expression), value, "{expression}");
    }
}

fn plain() -> Vec<(&'static str, Value)> {
    vec![
        ("'Hello'", json!("Hello")),
        ("'''Hello'''", json!("'Hello'")),
        ("\"it's\"", json!("it's")),
        ("8.57", json!(8.57)),
        ("34533535454345L", json!(34_533_535_454_345_i64)),
        ("true", json!(true)),
        ("{'USER'}", json!(["USER"])),
        ("{}", json!([])),
        ("{:}", json!({})),
        ("{'firstName': 'Ada'}", json!({ "firstName": "Ada" })),
        ("{firstName: user.name.given, #root.user.role: 1}", json!({ "firstName": "Ada", "SA": 1 })),
        ("user.name.given + ', ' + user.name.family", json!("Ada, Byron")),
        ("user['name']['given']", json!("Ada")),
        ("user['full-name']", json!("Ada Byron")),
        ("#root.user.name.given", json!("Ada")),
        ("user.name.middle.first", json!(null)),
        ("user.name.given + ', ' + user.name.middle", json!("Ada, null")),
        ("#string.join({user.name.given, user.name.middle, user.name.family}, ', ')", json!("Ada, Byron")),
        ("3 + (user.age ?: '')", json!("3")),
        ("#data.removeAll({user.externalId}, {null})", json!([])),
        ("(user.enabled ?: false) ? 'Active' : 'Inactive'", json!("Inactive")),
        ("#string.substring(user.name.given, 0, 1) + #string.substring(user.name.family, 0, 4)", json!("AByro")),
        ("#regex.findAllMatches('user01@test.com', '(?<=@)[^.]+')", json!(["test"])),
        ("#datetime.format('2021-01-01T10:15:00Z', 'EEEE, dd MMMM; h:mm a')", json!("Friday, 01 January; 10:15 AM")),
        ("{'PM': 'Product Manager', 'SA': 'Software Architect'}[user.role] ?: 'Unknown'", json!("Software Architect")),
        ("{'PM': 'Product Manager'}[user.role] ?: 'Unknown'", json!("Unknown")),
    ]
}

fn of_lists_and_times() -> Vec<(&'static str, Value)> {
    vec![
        ("user.memberOfGroupNames.![#string.upperCase(#this)]", json!(["ADMIN", "USER"])),
        (
            "user.memberOfGroupNames.!['CN=' + #this + ',DC=example']",
            json!(["CN=Admin,DC=example", "CN=User,DC=example"]),
        ),
        (
            "user.memberOfGroupNames.![#root.user.email + ' - ' + #this]",
            json!(["ada@example.com - Admin", "ada@example.com - User"]),
        ),
        ("user.groupDNs.![#regex.replaceAll(#this, '(CN=)(.*?),.*', '$2')]", json!(["Devs", "Ops"])),
        ("{1,2,3,4,5,6}.?[#this % 2 == 0]", json!([2, 4, 6])),
        ("{1,2,3,4,5,6}.^[#this % 2 == 0]", json!(2)),
        ("{1,2,3,4,5,6}.$[#this % 2 == 0]", json!(6)),
        ("user.contacts.?[type == 'phone'].![info]", json!([1234, 5678])),
        ("user.contacts.^[primary].info", json!(1234)),
        ("{'a': 1, 'b': 2}.?[value > 1]", json!({ "b": 2 })),
        ("5 lt 12 and user.days >= 12", json!(true)),
        ("5 > 6 and ! 4 < 14", json!(false)),
        ("not (4 > 3)", json!(false)),
        ("'name' matches '[a-z]+'", json!(true)),
        ("'name1' matches '[a-z]+'", json!(false)),
        ("5 + 6", json!(11)),
        ("'Test' + 3", json!("Test3")),
        ("7 - 5 * 2", json!(-3)),
        ("new int[] {1,2,3,4} [0]", json!(1)),
        ("new int[2]", json!([0, 0])),
        ("{'List', 'of', 'Strings'}[1]", json!("of")),
        ("#string.trim('  No Padding ')", json!("No Padding")),
        ("#string.substring('example', -3, -1)", json!("pl")),
        ("#string.substring('example', 3, 2)", json!("")),
        ("#string.upperCase(user.nothing)", json!(null)),
        ("#string.isNotBlank(' ')", json!(false)),
        ("#datetime.addDays('2021-01-31T01:01:01Z', 1)", json!("2021-02-01T01:01:01.000Z")),
        ("#datetime.addDays('2021-03-01Z', -1)", json!("2021-02-28T00:00:00.000Z")),
        ("#datetime.addMonths('2021-01-31T01:01:01.123456Z', 1)", json!("2021-02-28T01:01:01.123Z")),
        ("#datetime.addHours('2023-01-01T23:59:59+800', 0)", json!("2023-01-01T15:59:59.000Z")),
        ("#datetime.addDays('yesterday', 1)", json!(null)),
        ("#datetime.toUnixTimestamp('1970-01-02T00:00:00Z')", json!(86_400)),
        ("#datetime.now()", json!("2023-11-14T22:13:20.000Z")),
    ]
}

#[test]
fn around_an_expression_it_becomes_a_text() {
    assert_eq!(worth("fixed"), Ok(json!("fixed")));
    assert_eq!(worth(""), Ok(json!("")));
    assert_eq!(worth("${user.days}"), Ok(json!(12)));
    assert_eq!(
        worth("Hi ${user.name.given}, ${user.nothing}${user.days} days {ok}"),
        Ok(json!("Hi Ada, 12 days {ok}"))
    );
    assert_eq!(worth("${{'a': {1}}['a']}"), Ok(json!([1])));
    assert_eq!(worth("x${{'a': 1}}"), Err(Failed("an object cannot be written as a text")));
}

/// What is written as a text and must be a pattern is refused at that text.
#[test]
fn what_is_no_pattern_is_refused_where_it_is_written() {
    for (source, text) in [
        ("${#regex.findAllMatches('a', '(')}", "'('"),
        ("${#regex.matches('a', ')(')}", "')('"),
        ("${#regex.replaceAll('a', 'b', 'c', '(', 'd')}", "'('"),
        ("${#datetime.format('2021-02-28Z', 'QQQQQZZZZ???')}", "'QQ"),
        ("${#datetime.format('2021-02-28Z', 'b')}", "'b'"),
        ("${#datetime.format('2021-02-28Z', \"yyyy 'and\")}", "\"yyyy"),
        ("${#datetime.parse(user.a, 'MM]', null)}", "'MM]'"),
        ("${#datetime.toDateTimeInTimezone(user.a, 'UTC', 'ddd')}", "'ddd'"),
        ("${#string.format('%q', 1)}", "'%q'"),
        ("${#string.format('100%')}", "'100%'"),
        ("${#string.format('%-d', 1)}", "'%-d'"),
        ("${#crypto.hmacHexDigest('a', 'b', 'HmacSHA3')}", "'HmacSHA3'"),
    ] {
        let why = Expression::parse(source).expect_err(source);
        assert_eq!(Some(why.position), source.find(text), "{source}: {why}");
    }
    let why = Expression::parse("${#string.replace('a', 'b', 'c')}").unwrap_err();
    assert_eq!(
        why.what,
        "#string.replace takes (input: text, search: text, replacement: text, max: whole), and is given 3"
    );
}

/// Where it is written it is refused, with the place.
#[test]
fn what_is_no_expression_says_where() {
    for (source, position) in [
        ("${user.email", 12),
        ("${}", 2),
        ("${'Hi'+ user.name}", 6),
        ("${5+6}", 3),
        ("${user.days<30}", 11),
        ("${user..email}", 8),
        ("a ${ 'no end }", 5),
        ("${user?.name}", 6),
        ("${user.name.length()}", 18),
        ("${name()}", 6),
        ("${#env}", 2),
        ("${#string.reverse('a')}", 2),
        ("${#string.upperCase()}", 2),
        ("${#string.replace('a', 'b', 'c')}", 2),
        ("${#string.firstNonEmpty(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)}", 2),
        ("${#core.switchExpr(1, 2)}", 2),
        ("${#core.ifelse(true)}", 2),
        ("${34533535454345}", 2),
        ("${'a' matches ')('}", 14),
        ("${T(java.lang.Runtime)}", 3),
        ("${new java.util.Date()}", 10),
        ("${user = 1}", 7),
        ("${99999999999999999999}", 2),
        ("${1 2}", 4),
        ("${user.\nemail}", 7),
        ("${@bean}", 2),
    ] {
        let why = Expression::parse(source).expect_err(source);
        assert_eq!(why.position, position, "{source}: {why}");
    }
}

#[test]
fn what_fails_fails_with_a_sentence() {
    for (expression, why) in [
        ("3 + user.age", "the operator takes numbers"),
        ("user.enabled ? 1 : 2", "a condition must be true or false"),
        ("{'a': 1}.b", "the object has no such member"),
        ("{1}[1]", "the list is not so long"),
        ("1 / 0", "the number is too large, or divided by zero"),
        ("9223372036854775807L + 1", "the number is too large, or divided by zero"),
        ("user.days < 'a'", "these values have no order"),
        ("#string.upperCase({1})", "the function takes a text here"),
        ("#string.substring('abc', null, 1)", "the function takes a whole number here"),
        ("#string.join('abc', ',')", "the function takes a list here"),
        ("#datetime.fromUnixTimestamp(true)", "the function takes a number here"),
        ("#regex.replaceAll('a', '(?<b>a)', '${c}')", "the pattern has no such group"),
        ("#crypto.hmacHexDigest('a', null, 'HmacMD5')", "the data, the key or the algorithm is missing"),
        ("new int[] {'a'}", "the array takes no such value"),
        ("{'name': {'first': 1}}.name.middle", "the object has no such member"),
        ("#regex.replaceAll('a', 'a', '$1')", "the pattern has no such group"),
    ] {
        assert_eq!(worth(&format!("${{{expression}}}")), Err(Failed(why)), "{expression}");
    }
}

/// Whoever writes expressions cannot keep the server busy.
#[test]
fn what_would_be_endless_ends() {
    let doubling = (0..12).fold("'0123456789abcdef'".to_owned(), |of, _| format!("{{{of},{of}}}.![#this]"));
    for expression in [
        format!("{{1,2,3,4,5,6,7,8,9,0}}{}", ".![{1,2,3,4,5,6,7,8,9,0}".repeat(6) + &"]".repeat(6)),
        "#regex.findAllMatches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a*)*\\1c')".into(),
        "#string.replace(#string.replace('aaaaaaaa', 'a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', -1), 'a', \
         'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', -1)"
            .into(),
    ] {
        assert!(worth(&format!("${{{expression}}}")).is_err(), "{expression}");
    }
    assert!(Expression::parse(&format!("${{{doubling}}}")).is_err(), "too long");
    assert!(Expression::parse(&format!("${{{}1{}}}", "(".repeat(1_000), ")".repeat(1_000))).is_err());
    assert!(Expression::parse(&format!("${{{}true}}", "!".repeat(1_000))).is_err());
    assert!(Expression::parse(&format!("${{1{}}}", " + 1".repeat(1_000))).is_err());
    assert!(Expression::parse(&format!("${{user{}}}", ".a".repeat(1_000))).is_err());
}

/// Each is compiled, and kept as long as the mapping is: of a text there are eight, wherever they stand in it.
#[test]
fn patterns_are_counted_where_they_are_written() {
    let (one, other) = ("${'a' matches 'b'}", "${#regex.replaceFirst('a', 'b', '')}");
    let eight = one.repeat(4) + &other.repeat(4);
    assert!(Expression::parse(&eight).is_ok());
    for (one, within) in [(one, 14), (other, 27)] {
        let why = Expression::parse(&format!("{eight}{one}")).unwrap_err();
        assert_eq!(
            (why.position, why.what.as_str()),
            (eight.len() + within, "there are more than 8 patterns in the text")
        );
    }
    let large = Expression::parse("${'a' matches '.{8,80}'}").unwrap_err();
    assert_eq!((large.position, large.what.as_str()), (14, "the pattern is none, or too large"));
    // What anybody writes fits; of an attribute of users a little more.
    for pattern in [
        r"\w+",
        r"[^@]+@[^@]+\.[^@]+",
        r"[\p{L}\p{M}'. -]+",
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,63}",
    ] {
        assert!(Expression::parse(&format!("${{'a' matches \"{pattern}\"}}")).is_ok(), "{pattern}");
    }
    for pattern in [r".{8,80}", r"(\w+[.-])*\w+@(\w+\.)+\w{2,}", r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,64}"] {
        assert!(super::WholePattern::read(pattern).is_ok(), "{pattern}");
    }
    assert!(super::WholePattern::read(r"\w{64}").is_err());
}

/// What may go back on its steps does so for each match anew, and for each value.
#[test]
fn matches_are_counted() {
    let many = format!("'{}'", "a".repeat(2_000));
    for expression in [
        format!("#regex.findAllMatches({many}, '(?=a)a')"),
        format!("#regex.replaceAll({many}, '(?=a)a', 'b')"),
        format!("#regex.replaceAll({many}, 'a', 'b')"),
        format!("{{{}}}.![#this matches '(?=a)a']", vec!["'a'"; 600].join(",")),
    ] {
        let why = worth(&format!("${{{expression}}}")).unwrap_err();
        assert!(why.0.contains("too often") || why.0.contains("too much"), "{why}");
    }
    // As many groups as anybody is in.
    let some = format!("{{{}}}.![#regex.findAllMatches(#this, '(?<=a)b')]", vec!["'ab'"; 200].join(","));
    assert!(worth(&format!("${{{some}}}")).is_ok());
}

/// Parentheses, rows of operators and what is taken of a value are all levels, and whoever works them out goes down each.
#[test]
fn a_tree_is_not_deep_whatever_makes_it_so() {
    let of = |times: usize, row: &str| {
        let within = |inner: String, _| format!("({inner}{row})");
        format!("${{{}}}", (0..times).fold("user.a".to_owned(), within))
    };
    for row in [".a".repeat(63), " + 1".repeat(63), "['a']".repeat(40), ".![a]".repeat(40), " ?: 1".to_owned()] {
        for (times, good) in [(1, true), (17, row.len() < 6)] {
            let source = of(times, &row);
            let read = Expression::parse(&source);
            assert_eq!(read.is_ok(), good, "{source}");
        }
    }
    // What is just read fits into a quarter of what a thread of the server has.
    let deep = [of(3, &" + 1".repeat(65)), of(17, &".a".repeat(11)), of(17, " ?: 1")];
    let work = move || deep.map(|source| worth(&source).is_ok());
    let worked = std::thread::Builder::new().stack_size(512 * 1024).spawn(work).unwrap().join();
    assert_eq!(worked.unwrap(), [false, true, true]);
}

#[test]
fn the_sources_that_it_needs_are_known() {
    let roots = |source: &str| {
        let expression = Expression::parse(source).unwrap();
        expression.names().into_keys().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(roots("fixed"), [""; 0]);
    assert_eq!(
        roots("${user.email} ${providerAttributes.sub ?: #root.context.id}"),
        ["context", "providerAttributes", "user"]
    );
    assert_eq!(roots("${user.contacts.?[type == 'phone'].![info]}"), ["user"]);
    assert_eq!(roots("${#root['custom-attributes'].email}"), ["custom-attributes"]);
    let placed = Expression::parse("${user.id} ${foo} ${#root.bar + foo}").unwrap();
    assert_eq!(placed.names().into_iter().collect::<Vec<_>>(), [("bar", 20), ("foo", 13), ("user", 2)]);
}

#[test]
fn the_members_that_it_reads_are_known() {
    for (source, reads) in [
        ("${user.shirt}", true),
        ("a ${#string.upperCase(user.shirt.size)} b", true),
        ("${user['shirt']}", true),
        ("${#root.user.shirt ?: ''}", true),
        ("${{1}.![#root.user.shirt]}", true),
        ("${user.shirts}", false),
        ("${context.shirt + user.name.shirt}", false),
        ("${'user.shirt'}", false),
        ("${{1}.![user.shirt]}", false),
        ("user.shirt", false),
    ] {
        assert_eq!(Expression::parse(source).unwrap().reads("user", "shirt"), reads, "{source}");
    }
}

/// What an expression sees is nobody's to read where it fails.
#[test]
fn a_debug_output_is_the_source_alone() {
    assert_eq!(format!("{:?}", Expression::parse("${user.email}").unwrap()), "Expression(\"${user.email}\")");
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_read_can_panic(source in "\\PC{0,80}") {
        let _ = Expression::parse(&format!("${{{source}}}")).map(|read| evaluated(&read, Time::default()));
    }

    #[test]
    fn words_of_the_language_in_any_order_cannot_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "user", ".name", "['a']", "[0]", "{", "}", "{:}", "(", ")", "'a'", "\"", "1", "2.5", " + ", " - ", " * ", " / ", " % ", " ^ ", " == ",
        " and ", " or ", "not ", "!", " ? ", " : ", " ?: ", ".![", ".?[", ".^[", ".$[", "]", "#this", "#root", ",", "#string.upperCase(",
        "#regex.replaceAll(", "#data.retainAll(", "#datetime.format(", " matches ",
        "#core.ifelse(", "#string.format(", "'%5$-,7.3f'", "#datetime.parse(", "'yyyyMMdd[z]'", "#string.lastIndexOf(", "null", "true", "new int[", "-",
    ]), 0..24)) {
        let _ = Expression::parse(&format!("${{{}}}", words.concat())).map(|read| evaluated(&read, Time::default()));
    }
    /// Whatever a function is given, and whatever the texts are: it is worth something, or fails with a sentence.
    #[test]
    fn no_function_can_panic(
        which in proptest::sample::select(super::functions()),
        given in proptest::collection::vec(proptest::prelude::prop_oneof![
            "\\PC{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', ""))),
            "[%a-zA-Z0-9$.,+<( -]{0,8}".prop_map(|text| format!("'{text}'")),
            "[yMdHhmsSazVXxZOGEecQqwWYuDkKAnN\\[\\]:' -]{0,10}".prop_map(|text| format!("\"{text}\"")),
            "[+-]?[0-9:]{0,8}".prop_map(|text| format!("'{text}'")),
            proptest::prelude::any::<i32>().prop_map(|whole| whole.to_string()),
            proptest::prelude::any::<i64>().prop_map(|whole| format!("{whole}L")),
            proptest::sample::select(vec![
                "null", "true", "{1, 'a', null}", "{:}", "2.5", "'2021-01-31T23:59:59.123Z'", "'-009999-01-01T00:00:00Z'",
                "'9999-12-30T22:00:00Z'", "'Europe/Paris'", "'+1830'", "new float[] {1.5}", "'äöü€😀'", "user", "'HmacMD5'",
            ]).prop_map(str::to_owned),
        ], 0..7),
    ) {
        let (name, _) = which.call.split_once('(').unwrap();
        let _ = Expression::parse(&format!("${{{name}({})}}", given.join(", "))).map(|read| evaluated(&read, Time::default()));
        // The same where nothing is known before it is worked out.
        let _ = Expression::parse(&format!("${{{name}({})}}", given.iter().map(|one| format!("({one} ?: null)")).collect::<Vec<_>>().join(", ")))
            .map(|read| evaluated(&read, Time::default()));
    }
}
