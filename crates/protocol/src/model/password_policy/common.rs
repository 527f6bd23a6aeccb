//! Passwords that are tried first: words that many choose, whatever digits and symbols stand before and behind them, and rows of
//! keys and digits.

/// Decides whether the password is one that guessing begins with.
///
/// What stands around a word makes it no less common, nor do the signs that are written for letters: `P@ssw0rd123!` is `password`.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    if ROWS.contains(&lower.as_str()) || is_one_character(&lower) {
        return true;
    }
    let behind = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let around = behind.trim_start_matches(|c: char| !c.is_alphabetic());
    [lower.as_str(), behind, around].into_iter().any(|text| WORDS.iter().any(|word| is_word(word, text)))
}

fn is_one_character(text: &str) -> bool {
    let mut all = text.chars();
    let first = all.next();
    all.all(|c| Some(c) == first)
}

/// Whether the text is the word, some of whose letters may be other signs.
fn is_word(word: &str, text: &str) -> bool {
    let mut letters = word.chars();
    text.chars().all(|c| letters.next().is_some_and(|letter| letter == c || stands_for(c).contains(letter)))
        && letters.next().is_none()
}

const fn stands_for(sign: char) -> &'static str {
    match sign {
        '@' | '4' => "a",
        '8' => "b",
        '3' => "e",
        '1' | '!' | '|' => "il",
        '0' => "o",
        '5' | '$' => "s",
        '7' | '+' => "t",
        '2' => "z",
        _ => "",
    }
}

/// Rows of keys, of digits, and of both by turns.
#[rustfmt::skip]
const ROWS: &[&str] = &[
    "0000000000", "0123456789", "0987654321", "09876543", "1029384756", "1111111111", "112233", "11223344", "1122334455", "12121212", "121212",
    "123", "123123", "123123123", "123321", "1234", "12341234", "12344321", "12345", "1234512345", "123454321", "123456", "123456654321", "1234567", "12345678",
    "123456789", "1234567890", "12345678910", "12345qwert", "1234abcd", "1234qwer", "123654", "123654789", "123789", "1324", "13579", "135792468", "147147", "147258",
    "147258369", "147852", "147852369", "159357", "159753", "1a2b3c4d", "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2",
    "222222", "232323", "246810", "252525", "314159", "321321", "333333", "369258147", "420420", "456123", "456789", "4815162342", "54321", "654321", "741852",
    "741852963", "753951", "7654321", "789456", "789456123", "87654321", "876543210", "951753", "963852741", "987654", "987654321", "9876543210", "98765432",
    "a1b2c3", "a1b2c3d4", "aa123456", "abc123!@#", "abcd1234", "asdf1234", "asdf;lkj", "asdfjkl;", "q1w2e3", "q1w2e3r4", "q1w2e3r4t5", "qaz123", "qazwsx123",
    "qwe123", "qwer1234", "qwert123", "qwerty1234", "zaq12wsx", "zaq1xsw2", "zxc123", "zxcv1234", "!@#$%^&*", "!@#$%^&*()", "!qaz2wsx", "!qaz@wsx",
];

/// Words, names and sayings.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "aaaaaa", "abcabc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi", "access", "account", "admin", "administrator", "aezakmi", "airplane",
    "alexander", "alexandra", "alpha", "amanda", "america", "american", "andrea", "andrew", "angel", "angela", "angels", "anthony", "apple", "april", "aries", "arsenal",
    "asdasd", "asdf", "asdfasdf", "asdfgh", "asdfghj", "asdfghjk", "asdfghjkl", "ashley", "august", "austin", "australia", "autumn", "azerty", "azertyuiop", "baby",
    "babygirl", "backup", "bailey", "banana", "barcelona", "baseball", "basketball", "batman", "beautiful", "benjamin", "berlin", "bigdog", "biteme", "blahblah", "blessed",
    "blink", "bonjour", "boomer", "boston", "brandon", "brooklyn", "bubbles", "buster", "butterfly", "buttercup", "camaro", "canada", "carlos", "caroline", "changeit",
    "changeme", "charles", "charlie", "charlotte", "cheese", "chelsea", "cherry", "chester", "chicago", "chicken", "chocolate", "christian", "christine", "christmas",
    "christopher", "claudia", "coffee", "computer", "cookie", "corvette", "cowboy", "cowboys", "creative", "cricket", "crystal", "daddy", "dakota", "dallas", "daniel",
    "danielle", "database", "david", "december", "default", "demo", "diamond", "dolphin", "donald", "dragon", "eagle", "eagles", "edward", "einstein", "elephant",
    "elizabeth", "england", "enter", "eternity", "everton", "example", "facebook", "falcon", "family", "father", "february", "ferrari", "fishing", "flower", "football",
    "forever", "formula", "france", "freedom", "freepass", "friday", "friend", "friends", "fuckoff", "fuckyou", "galaxy", "gandalf", "garfield", "general", "george",
    "germany", "ginger", "goldfish", "google", "grandma", "guest", "guitar", "hallo", "hammer", "hannah", "happy", "harley", "harrypotter", "heather", "hello", "hellokitty",
    "helloworld", "hockey", "holiday", "hotdog", "hunter", "iceman", "iloveu", "iloveyou", "india", "infinity", "internet", "inuyasha", "jackson", "january", "jasmine",
    "jennifer", "jessica", "jesus", "jesuschrist", "jonathan", "jordan", "joseph", "joshua", "july", "june", "junior", "justin", "killer", "kitten", "knight", "ladybug",
    "letmein", "liberty", "lightning", "liverpool", "login", "london", "love", "lovely", "loveme", "lovers", "loveyou", "lucky", "madison", "maggie", "magic", "manager",
    "manchester", "march", "marina", "marlboro", "martin", "master", "matrix", "matthew", "maverick", "melissa", "mercedes", "merlin", "metallica", "mexico", "michael",
    "michelle", "mickey", "minecraft", "monday", "money", "monkey", "monster", "morgan", "mother", "motorola", "mustang", "myspace", "naruto", "nathan", "newyork",
    "nicholas", "nicole", "nothing", "november", "october", "oliver", "orange", "packers", "pakistan", "panther", "paris", "parola", "pass", "passport", "passw", "passwd",
    "password", "passwort", "passwordpassword", "patrick", "peaches", "peanut", "pepper", "philips", "phoenix", "pokemon", "porsche", "portugal", "postgres", "prince",
    "princess", "private", "purple", "qazwsx", "qazwsxedc", "qweasd", "qweasdzxc", "qweqwe", "qwert", "qwerty", "qwertyui", "qwertyuiop", "qwertz", "qwertzuiop",
    "rachel", "rainbow", "ranger", "rangers", "rebecca", "redsox", "richard", "robert", "rocky", "root", "samantha", "samsung", "samuel", "saturday", "scooter", "secret",
    "september", "server", "service", "shadow", "shannon", "shithead", "silver", "skywalker", "slipknot", "snoopy", "soccer", "sommer", "spiderman", "spring", "starwars",
    "steelers", "stephanie", "steven", "strawberry", "student", "summer", "sunday", "sunflower", "sunshine", "superman", "superuser", "support", "swordfish", "sydney",
    "system", "taylor", "teacher", "temp", "temporary", "tennis", "test", "tester", "testing", "testtest", "thomas", "thunder", "thursday", "tiffany", "tigger",
    "tinkerbell", "trustnoone", "trustno", "tuesday", "turtle", "unknown", "user", "username", "vanessa", "veronica", "victor", "victoria", "walmart", "warrior",
    "wednesday", "welcome", "whatever", "william", "willkommen", "wilson", "windows", "winner", "winter", "wizard", "xxxxxx", "yamaha", "yankees", "yellow", "zxcvbn",
    "zxcvbnm", "correcthorsebatterystaple",
];
