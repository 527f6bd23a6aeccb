//! What the public pages of the language show of each function, and what they say of it in words.

use serde_json::{Value, json};

use super::of;

#[track_caller]
fn are_worth(rows: Vec<(&str, Value)>) {
    for (expression, value) in rows {
        assert_eq!(of(expression), value, "{expression}");
    }
}

#[test]
fn texts() {
    are_worth(vec![
        ("#string.isNotEmpty('InputData')", json!(true)),
        ("#string.isNotEmpty('')", json!(false)),
        ("#string.isNotBlank('InputData')", json!(true)),
        ("#string.isNotBlank(' ')", json!(false)),
        ("#string.isNotBlank(null)", json!(false)),
        ("#string.upperCase('john')", json!("JOHN")),
        ("#string.lowerCase('LOWER')", json!("lower")),
        ("#string.lowerCase(null)", json!(null)),
        ("#string.trim(' No Padding ')", json!("No Padding")),
        ("#string.substring('example input for substring demo', 8, 13)", json!("input")),
        ("#string.substring('example input for substring demo', -24, 13)", json!("input")),
        ("#string.substring('example input for substring demo', -24, -19)", json!("input")),
        ("#string.substring('abc', 2, 1)", json!("")),
        ("#string.startsWith('InputData', 'In')", json!(true)),
        ("#string.startsWith('InputData', 'in')", json!(false)),
        ("#string.startsWith(null, null)", json!(true)),
        ("#string.startsWith(null, 'In')", json!(false)),
        ("#string.endsWith('InputData', 'Data')", json!(true)),
        ("#string.endsWith(user.nothing, null)", json!(true)),
        ("#string.split('Administrator, User, Guest', ', ')", json!(["Administrator", "User", "Guest"])),
        ("#string.split('a,b c', ', ')", json!(["a", "b", "c"])),
        ("#string.split(' a  b ', null)", json!(["a", "b"])),
        ("#string.split(null, ',')", json!(null)),
        ("#string.join({'Administrator', 'User', 'Guest'}, ', ')", json!("Administrator, User, Guest")),
        ("#string.join({'a', 1, null, true}, null)", json!("a1true")),
        ("#string.join(null, ',')", json!(null)),
    ]);
}

#[test]
fn places_in_texts() {
    are_worth(vec![
        ("#string.indexOf('To find and return index or return -1', 'return', -1)", json!(12)),
        ("#string.indexOf('abc', '', 9)", json!(3)),
        ("#string.indexOf('abc', 'a', 9)", json!(-1)),
        ("#string.indexOf('äbc', 'b', 1)", json!(1)),
        ("#string.indexOf(null, 'a', 0)", json!(-1)),
        ("#string.lastIndexOf('To find and return index or return -1', 'return', 50)", json!(28)),
        ("#string.lastIndexOf('To find and return index or return -1', 'return', 27)", json!(12)),
        ("#string.lastIndexOf('abab', 'ab', 2)", json!(2)),
        ("#string.lastIndexOf('abab', 'ab', -5)", json!(0)),
        ("#string.lastIndexOf('äöä', 'ö', 1)", json!(1)),
        ("#string.lastIndexOf('abab', 'c', 9)", json!(-1)),
        ("#string.length('Input')", json!(5)),
        ("#string.length(null)", json!(0)),
        (
            "#string.replace('input values replaced by input replacement', 'in', 'out', -1)",
            json!("output values replaced by output replacement"),
        ),
        ("#string.replace('aaa', 'a', 'b', 2)", json!("bba")),
        ("#string.replace('aaa', 'a', 'b', 0)", json!("aaa")),
        ("#string.replace('aaa', '', 'b', -1)", json!("aaa")),
        ("#string.replace('aaa', null, 'b', -1)", json!("aaa")),
        ("#string.replace('aaa', 'a', null, -1)", json!("aaa")),
        ("#string.replace(null, 'a', 'b', -1)", json!(null)),
        ("#string.compare('Input', 'INPUT', true)", json!(0)),
        ("#string.compare('Input', 'INPUT', false)", json!(32)),
        ("#string.compare('abc', 'ab', false)", json!(1)),
        ("#string.compare(null, null, true)", json!(0)),
        ("#string.compare(null, 'a', true)", json!(-1)),
        ("#string.firstNonEmpty(null, '', 'firstNonEmpty', 'secondNonEmpty')", json!("firstNonEmpty")),
        ("#string.firstNonEmpty('', '')", json!(null)),
        ("#string.firstNonBlank(null, '', ' ', 'firstNonEmpty', 'secondNonEmpty')", json!("firstNonEmpty")),
        ("#string.firstNonBlank('', ' ', '')", json!(null)),
    ]);
}

#[test]
fn numbers_that_texts_write() {
    are_worth(vec![
        ("#string.asInt('12', 0)", json!(12)),
        ("#string.asInt('+12', 0)", json!(12)),
        ("#string.asInt('NaN', 0)", json!(0)),
        ("#string.asInt('9876543210123456789', 0)", json!(0)),
        ("#string.asInt('2147483648', 7)", json!(7)),
        ("#string.asInt(null, null)", json!(null)),
        ("#string.asLong('12', 0)", json!(12)),
        ("#string.asLong('-9223372036854775808', 0)", json!(i64::MIN)),
        ("#string.asLong('NaN', 0)", json!(0)),
        ("#string.asLong('9876543210123456789', 0)", json!(0)),
        ("#string.asBigInt('1234567890987654321', 0)", json!(1_234_567_890_987_654_321_i64)),
        ("#string.asBigInt('1234567890987654321234', 0)", json!(1.234_567_890_987_654_3e21)),
        ("#string.asBigInt('NaN', 0)", json!(0)),
        ("#string.asBigInt('1.5', 0)", json!(0)),
        ("#string.asFloat('12.5', 0)", json!(12.5)),
        ("#string.asFloat('0.1', 0)", json!(0.1)),
        ("#string.asFloat('NaN', 0)", json!(0)),
        ("#string.asFloat('1234567899876543210123456789987654321019.12', 0)", json!(0)),
        (
            "#string.asDouble('1234567899876543210123456789987654321019.12', 0)",
            json!(1_234_567_899_876_543_210_123_456_789_987_654_321_019.12),
        ),
        ("#string.asDouble('NaN', 0)", json!(0)),
        ("#string.asDouble('Infinity', 0)", json!(0)),
        ("#string.asDouble('1e999', 0)", json!(0)),
        ("#string.asBigDecimal('1234567890987654321.14', 0)", json!(1_234_567_890_987_654_321.14)),
        ("#string.asBigDecimal('NaN', 0)", json!(0)),
    ]);
}

#[test]
fn texts_in_other_writings() {
    are_worth(vec![
        ("#string.asBase64Encoded('Test Value for encoding')", json!("VGVzdCBWYWx1ZSBmb3IgZW5jb2Rpbmc=")),
        ("#string.asBase64Encoded('')", json!("")),
        ("#string.asBase64Decoded('VGVzdCBWYWx1ZSBmb3IgZW5jb2Rpbmc=')", json!("Test Value for encoding")),
        ("#string.asBase64Decoded('VGVzdA')", json!("Test")),
        ("#string.asBase64Decoded('no base64!')", json!(null)),
        ("#string.asBase64Decoded(null)", json!(null)),
        ("#string.asUrlEncoded('username=johndoe+admin')", json!("username%3Djohndoe%2Badmin")),
        ("#string.asUrlEncoded('a b*é')", json!("a+b*%C3%A9")),
        ("#string.asUrlDecoded('username%3Djohndoe%2Badmin')", json!("username=johndoe+admin")),
        ("#string.asUrlDecoded('a+b%C3%A9')", json!("a bé")),
        ("#string.asUrlDecoded('a%zz')", json!(null)),
        ("#string.asUrlDecoded('a%4')", json!(null)),
        ("#string.uuidAsBase64Guid('7754d487-1fc3-4206-9e95-ce012f1586e5', null)", json!("h9RUd8MfBkKelc4BLxWG5Q==")),
        ("#string.uuidAsBase64Guid('invalid', 'lZkqAJgEv0ueGKboT/JFVg==')", json!("lZkqAJgEv0ueGKboT/JFVg==")),
        ("#string.uuidAsBase64Guid('7754d4871fc342069e95ce012f1586e5', null)", json!(null)),
        ("#crypto.hmacHexDigest('data', 'secretKey', 'HmacMD5')", json!("6659dfc3b860b836c087e3fd82c0d16b")),
    ]);
}

/// Java's `Formatter`.
#[test]
fn formats() {
    are_worth(vec![
        (
            "#string.format('UserId: %s, Full Name: %s, %s', 'johndoe','John', 'Doe')",
            json!("UserId: johndoe, Full Name: John, Doe"),
        ),
        ("#string.format('Hex for 10 is %X', 10)", json!("Hex for 10 is A")),
        ("#string.format('none')", json!("none")),
        ("#string.format('%s')", json!(null)),
        ("#string.format('%d', 'a')", json!(null)),
        ("#string.format('%s', 'a', 'too much')", json!("a")),
        ("#string.format('%2$s %1$s %<s', 'a', 'b')", json!("b a a")),
        ("#string.format('[%5s|%-5s|%.2s]', 'ab', 'ab', 'abc')", json!("[   ab|ab   |ab]")),
        ("#string.format('%05d %+d %(d %,d', 42, 42, -42, 1234567)", json!("00042 +42 (42) 1,234,567")),
        ("#string.format('%x %o %#x', -1, 8, 255)", json!("ffffffff 10 0xff")),
        ("#string.format('%.2f %08.3f %,.1f', 3.14159, 2.5, 12345.67)", json!("3.14 0002.500 12,345.7")),
        ("#string.format('%e %.1E', 12345.678, 0.00012)", json!("1.234568e+04 1.2E-04")),
        ("#string.format('%g %g', 0.0001, 1234567.0)", json!("0.000100000 1.23457e+06")),
        ("#string.format('%b %B %c%% %S%n', null, true, 65, 'abc')", json!("false TRUE A% ABC\n")),
        ("#string.format('%s %s', null, {'a', 1})", json!("null [a, 1]")),
        ("#string.format('%h %h', 'hello', 10)", json!("5e918d2 a")),
        ("#string.format('%f', 1)", json!(null)),
        ("#string.format(user.nothing)", json!(null)),
    ]);
}

#[test]
fn times() {
    are_worth(vec![
        ("#datetime.addDays('2021-01-31T01:01:01Z', 1)", json!("2021-02-01T01:01:01.000Z")),
        ("#datetime.addDays('2021-03-01Z', -1)", json!("2021-02-28T00:00:00.000Z")),
        ("#datetime.addMonths('2020-12-31T01:01:01.001Z', 2)", json!("2021-02-28T01:01:01.001Z")),
        ("#datetime.addMonths('2021-02-28T01:01:01Z', -1)", json!("2021-01-28T01:01:01.000Z")),
        ("#datetime.addYears('2021-01-31T01:01:01Z', 1)", json!("2022-01-31T01:01:01.000Z")),
        ("#datetime.addHours('2020-12-31T23:59:59.001Z', 3)", json!("2021-01-01T02:59:59.001Z")),
        ("#datetime.addMinutes('2021-01-31T23:59:59Z', 10)", json!("2021-02-01T00:09:59.000Z")),
        ("#datetime.addSeconds('2021-02-28Z', 1)", json!("2021-02-28T00:00:01.000Z")),
        ("#datetime.addDays('', 1)", json!(null)),
        ("#datetime.getDayOfMonth('2021-01-31T23:59:59Z')", json!(31)),
        ("#datetime.getMonth('2021-02-28Z')", json!(2)),
        ("#datetime.getYear('2021-01-31T23:59:59Z')", json!(2021)),
        ("#datetime.getHour('2021-01-31T23:59:59Z')", json!(23)),
        ("#datetime.getHour('2023-01-01T23:59:59+800')", json!(15)),
        ("#datetime.getMinute('2021-01-31T23:59:59Z')", json!(59)),
        ("#datetime.getSecond('2020-12-30T23:59:59.001Z')", json!(59)),
        ("#datetime.getSecond('soon')", json!(-1)),
        ("#datetime.now()", json!("2023-11-14T22:13:20.000Z")),
        ("#datetime.toDateTime(2021, 1, 31, 10, 15, 0)", json!("2021-01-31T10:15:00.000Z")),
        ("#datetime.toDateTime(2021, 2, 30, 10, 15, 0)", json!(null)),
        ("#datetime.toDateTime(2021, 2, 28, 24, 0, 0)", json!(null)),
        ("#datetime.toDate('2021-02-28Z')", json!("2021-02-28Z")),
        ("#datetime.toTime('2021-01-31T23:59:59Z')", json!("23:59:59Z")),
        ("#datetime.toTime('2021-01-31T23:59:59.120Z')", json!("23:59:59.120Z")),
        ("#datetime.compare('2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z')", json!(0)),
        ("#datetime.compare('2021-01-01T00:00:01Z', '2021-01-01T00:00:00Z')", json!(1)),
        ("#datetime.compare('2021-01-01Z', '2021-01-02Z')", json!(-1)),
        ("#datetime.compare(null, 'never')", json!(0)),
        ("#datetime.compare('never', '2021-01-01Z')", json!(-1)),
        ("#datetime.toUnixTimestamp('2020-12-31Z')", json!(1_609_372_800)),
        ("#datetime.toUnixTimestamp('2020-12-31T23:59:59Z')", json!(1_609_459_199)),
        ("#datetime.toUnixTimestamp('2020-12-31T23:59:59.001Z')", json!(1_609_459_199)),
        ("#datetime.toUnixTimestamp('1969-12-31T23:59:59.500Z')", json!(-1)),
        ("#datetime.fromUnixTimestamp(1609459199)", json!("2020-12-31T23:59:59.000Z")),
        ("#datetime.fromUnixTimestamp(null)", json!(null)),
        ("#datetime.fromUnixTimestamp(9223372036854775807L)", json!(null)),
    ]);
}

#[test]
fn what_lies_between_times() {
    are_worth(vec![
        ("#datetime.daysBetween('2021-01-01T00:00:00Z', '2021-01-01T08:45:00Z', -1)", json!(0)),
        ("#datetime.daysBetween('2021-01-01T00:00:01Z', '2021-01-03T10:30:00Z', -1)", json!(2)),
        ("#datetime.daysBetween('2021-01-03T00:00:01Z', '2021-01-01T10:30:00Z', -1)", json!(-2)),
        ("#datetime.daysBetween('2021-01-03T00:00:01Z', 'never', -1)", json!(-1)),
        ("#datetime.weeksBetween('2021-01-01T00:00:00Z', '2021-01-01T08:45:00Z', -1)", json!(0)),
        ("#datetime.weeksBetween('2021-01-01T00:00:01Z', '2021-01-15T10:30:00Z', -1)", json!(2)),
        ("#datetime.weeksBetween('2021-01-15T00:00:01Z', '2021-01-01T10:30:00Z', -1)", json!(-2)),
        ("#datetime.monthsBetween('2021-01-01T00:00:00Z', '2021-01-01T08:45:00Z', -1)", json!(0)),
        ("#datetime.monthsBetween('2021-01-01T00:00:01Z', '2021-02-01T10:30:00Z', -1)", json!(1)),
        ("#datetime.monthsBetween('2021-02-01T00:00:01Z', '2021-03-01T10:30:00Z', -1)", json!(1)),
        ("#datetime.monthsBetween('2021-03-31Z', '2021-02-28Z', -9)", json!(-1)),
        ("#datetime.monthsBetween('2021-03-28Z', '2021-02-29T00:00:00Z', -9)", json!(-9)),
        ("#datetime.monthsBetween('2021-01-31Z', '2021-02-28Z', -9)", json!(0)),
        ("#datetime.yearsBetween('2021-01-01T00:00:00Z', '2021-01-01T08:45:00Z', -1)", json!(0)),
        ("#datetime.yearsBetween('2021-01-01T00:00:01Z', '2022-01-01T10:30:00Z', -1)", json!(1)),
        ("#datetime.yearsBetween('2022-01-01T00:00:01Z', '2021-01-01T10:30:00Z', -1)", json!(-1)),
        ("#datetime.periodBetween('2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z', -1)", json!("P0D")),
        ("#datetime.periodBetween('2021-01-01Z', '2022-02-11Z', -1)", json!("P1Y1M10D")),
        ("#datetime.periodBetween('2022-02-11Z', '2021-01-01Z', -1)", json!("P-1Y-1M-10D")),
        ("#datetime.periodBetween('2021-01-31Z', '2021-03-01Z', -1)", json!("P1M1D")),
        ("#datetime.periodBetween('2021-03-01Z', '2021-01-31Z', -1)", json!("P-1M-1D")),
        ("#datetime.periodBetween('2021-01-01Z', null, 'none')", json!("none")),
    ]);
}

#[test]
fn times_in_patterns() {
    are_worth(vec![
        ("#datetime.format('2021-01-01T09:15:00Z', 'EEEE, dd MMMM; h:mm a')", json!("Friday, 01 January; 9:15 AM")),
        ("#datetime.format('2021-02-28Z', \"QQQQ 'of year' yyyy\")", json!("1st quarter of year 2021")),
        (
            "#datetime.format('2004-07-07T00:30:55Z', 'yy D M/MMM/MMMM/MMMMM d Q q qqq W')",
            json!("04 189 7/Jul/July/J 7 3 3 Q3 2"),
        ),
        (
            "#datetime.format('2004-07-13T00:30:55Z', 'E/EEEE/EEEEE a h K k H m s')",
            json!("Tue/Tuesday/T AM 12 0 24 0 30 55"),
        ),
        (
            "#datetime.format('2004-07-07T12:30:55.123Z', \"hh:mm''ss.SSS X XXX Z ZZZZ G w e\")",
            json!("12:30'55.123 Z Z +0000 GMT AD 28 4"),
        ),
        ("#datetime.format('2021-01-01Z', user.name.given + 'b')", json!(null)),
        ("#datetime.format('2021-01-01Z', null)", json!(null)),
        ("#datetime.format('never', 'yyyy')", json!(null)),
        ("#datetime.parse('2022-01-01', 'yyyy-MM-dd', null)", json!("2022-01-01T00:00:00.000Z")),
        (
            "#datetime.parse('2022-01-01', 'yyyy-MM-dd', {'zoneid': 'America/Vancouver'})",
            json!("2022-01-01T08:00:00.000Z"),
        ),
        ("#datetime.parse('2022-01-01 PST', 'yyyy-MM-dd z', null)", json!("2022-01-01T08:00:00.000Z")),
        ("#datetime.parse('03/12/2021 09:30:45', 'dd/MM/yyyy HH:mm:ss', null)", json!("2021-12-03T09:30:45.000Z")),
        ("#datetime.parse('20211203T0930', \"yyyyMMdd'T'HHmm\")", json!("2021-12-03T09:30:00.000Z")),
        (
            "#datetime.parse('Fri, Dec 3 2021 9:30 PM +01:00', 'E, MMM d yyyy h:mm a XXX', null)",
            json!("2021-12-03T20:30:00.000Z"),
        ),
        ("#datetime.parse('Mon, Dec 3 2021', 'E, MMM d yyyy', null)", json!(null)),
        ("#datetime.parse('2021-12-03', 'yyyy-MM-dd[ HH:mm]', null)", json!("2021-12-03T00:00:00.000Z")),
        ("#datetime.parse('2021-12-03 10:20', 'yyyy-MM-dd[ HH:mm]', null)", json!("2021-12-03T10:20:00.000Z")),
        ("#datetime.parse('2021-337', 'yyyy-DDD', null)", json!("2021-12-03T00:00:00.000Z")),
        ("#datetime.parse('12/2021', 'MM/yyyy', null)", json!(null)),
        ("#datetime.parse('2022-13-01', 'yyyy-MM-dd', null)", json!(null)),
        ("#datetime.parse('2022-02-30', 'yyyy-MM-dd', null)", json!(null)),
        ("#datetime.parse('2022-01-01 and more', 'yyyy-MM-dd', null)", json!(null)),
        ("#datetime.parse('2022-01-01', 'yyyy-MM-dd', {'zoneid': 'Nowhere'})", json!(null)),
        ("#datetime.parse(null, 'yyyy-MM-dd', null)", json!(null)),
    ]);
}

#[test]
fn times_in_zones() {
    are_worth(vec![
        (
            "#datetime.toDateTimeInTimezone('2023-01-01T04:30:30.000Z', 'America/Vancouver', null)",
            json!("2022-12-31T20:30:30-0800"),
        ),
        (
            "#datetime.toDateTimeInTimezone('2023-01-01T04:30:30Z', '+0100', null)",
            json!("2023-01-01T05:30:30.000+0100"),
        ),
        (
            "#datetime.toDateTimeInTimezone('2023-01-01T04:30:30.123Z', 'America/Vancouver', 'dd-MM-YYYY hh:mm a')",
            json!("31-12-2022 08:30 PM"),
        ),
        (
            "#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', 'Europe/Paris', 'HH:mm z VV xxx O')",
            json!("02:00 CEST Europe/Paris +02:00 GMT+2"),
        ),
        ("#datetime.toDateTimeInTimezone('1975-07-01T00:00:00Z', 'Europe/Paris', 'HH')", json!("01")),
        ("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', 'UTC+05:30', 'HH:mm')", json!("05:30")),
        ("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', 'Z', 'HH:mmX')", json!("00:00Z")),
        ("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', 'A', null)", json!(null)),
        ("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', 'europe/paris', null)", json!(null)),
        ("#datetime.toDateTimeInTimezone('2023-07-01T00:00:00Z', null, null)", json!(null)),
        ("#datetime.toDateTimeInTimezone('never', 'UTC', null)", json!(null)),
    ]);
}

#[test]
fn lists() {
    are_worth(vec![
        ("#data.indexOf(new int[] {2,4,6,8,10}, 6)", json!(2)),
        ("#data.indexOf({'This', 'is', 'String', 'collection'}, 'is')", json!(1)),
        ("#data.indexOf(null, 'is')", json!(-1)),
        ("#data.isNotEmpty(new int[] {2,4,6,8,10})", json!(true)),
        ("#data.isNotEmpty({'This', 'is', 'String', 'collection'})", json!(true)),
        ("#data.isNotEmpty(user.nothing)", json!(false)),
        ("#data.containsAll(new int[] {2,4,6,8,10}, new int[] {2,8})", json!(true)),
        ("#data.containsAll(new int[] {2,4,6,8,10}, {2,8})", json!(true)),
        ("#data.containsAll({2,4,6,8,10}, {2,9})", json!(false)),
        ("#data.containsAll(new float[] {2.1,4.1,6.1,8.1,10.1}, {2.1,8.1})", json!(false)),
        ("#data.containsAll(new double[] {2.1,4.1,6.1,8.1,10.1}, {2.1,8.1})", json!(true)),
        ("#data.containsAll({2.1,4.1,6.1,8.1,10.1}, {2.1,8.1})", json!(true)),
        ("#data.containsAny({2,4,6,8,10}, {2,9,11})", json!(true)),
        ("#data.containsAny(new int[] {2,4,6,8,10}, {2,9,11})", json!(true)),
        ("#data.containsAny({2,4,6,8,10}, new int[] {1,9})", json!(false)),
        ("#data.removeAll(new int[] {2,4,6,8,10}, new int[] {2,6,11})", json!([4, 8, 10])),
        ("#data.removeAll({2,4,6,8,10}, {2,6,11})", json!([4, 8, 10])),
        ("#data.retainAll(new int[] {2,4,6,8,10}, new int[] {2,6,11})", json!([2, 6])),
        ("#data.retainAll({2,4,6,8,10}, new int[] {2,6,11})", json!([2, 6])),
        ("#data.union(new int[] {2,4,6,8,10}, new int[] {1,10,11})", json!([2, 4, 6, 8, 10, 1, 10, 11])),
        ("#data.union(new int[] {2,4,6,8,10}, {1,10,11})", json!([2, 4, 6, 8, 10, 1, 10, 11])),
        ("#data.size(new int[] {2,4,6,8,10})", json!(5)),
        ("#data.size({2,4,6,8,10})", json!(5)),
        ("#data.equals(new int[] {2,4,6,8,10}, new int[] {2,4,6,8,10})", json!(true)),
        ("#data.equals({2,4,6,8,10}, new int[] {2,4,6,8,10})", json!(true)),
        ("#data.equals({1,2}, {2,1})", json!(false)),
        ("#data.equals(new float[] {2.5}, {2.5})", json!(false)),
        ("new float[] {2.1}", json!([2.1])),
        ("new double[] {1, 2}", json!([1.0, 2.0])),
        ("new long[4]", json!([0, 0, 0, 0])),
        ("new int[2][2]", json!([[0, 0], [0, 0]])),
    ]);
}

#[test]
fn patterns() {
    are_worth(vec![
        ("#regex.replaceFirst('upper case', '()( +)([a-z])', '$1_$3')", json!("upper_case")),
        (
            "#regex.replaceFirst('upper case AND lower case', '()( +)([a-z])', '$1_$3')",
            json!("upper_case AND lower case"),
        ),
        ("#regex.replaceFirst(null, 'a', 'b')", json!(null)),
        ("#regex.replaceFirst('a', null, 'b')", json!("a")),
        (
            "#regex.replaceAll('upper case AND lower case', '([a-z]+)( +)([a-z]+)', '$1_$3')",
            json!("upper_case AND lower_case"),
        ),
        (
            "#regex.replaceAll('numeric data to be replaced with textual data [1, 2]', 'to be ', '', '1', 'one', '2', 'two')",
            json!("numeric data replaced with textual data [one, two]"),
        ),
        ("#regex.replaceAll('a1', 'a', 'b', '1')", json!("b1")),
        ("#regex.replaceAll('ab', 'a', 'b', 'b', 'c')", json!("cc")),
        (
            "#regex.replaceAll('2021-02', '(?<year>[0-9]+)-(?<month>[0-9]+)', '${month}.${year} \\$1')",
            json!("02.2021 $1"),
        ),
        ("#regex.matches('upper case', '([a-z]+)( +)([a-z]+)')", json!(true)),
        ("#regex.matches('upper case', '[a-z]+')", json!(false)),
        ("#regex.matches(null, '[a-z]+')", json!(false)),
        (
            "#regex.findAllMatches('upper case AND lower case', '([a-z]+)( +)([a-z]+)')",
            json!(["upper case", "lower case"]),
        ),
    ]);
}

#[test]
fn choices() {
    are_worth(vec![
        (
            "#core.ifelse(user.role == 'Administrator', 'Full Access', user.role == 'SA', 'Restricted Access', 'No Access')",
            json!("Restricted Access"),
        ),
        (
            "#core.ifelse(#data.indexOf(user.memberOfGroupNames, 'Administrator') >= 0, 'Full Access', \
             #data.indexOf(user.memberOfGroupNames, 'User') >= 0, \
             #core.ifelse(user.role == 'SRE', 'Power Access', user.role == 'SA', 'Debugging Access', 'Read Access'), 'No Access')",
            json!("Debugging Access"),
        ),
        ("#core.ifelse(false, 1)", json!(null)),
        ("#core.ifelse('YES', 1, 2)", json!(1)),
        ("#core.ifelse('no', 1, 2)", json!(2)),
        ("#core.ifelse(0, 1, 0.5, 2, 3)", json!(2)),
        ("#core.ifelse({true}, 1, null, 2, 3)", json!(3)),
        ("#core.switchExpr(user.role, 'SA', 'Full Access')", json!("Full Access")),
        (
            "#core.switchExpr(user.role, 'Administrator', 'Full Access', 'SA', 'Restricted Access', 'No Access')",
            json!("Restricted Access"),
        ),
        ("#core.switchExpr(user.role, 'Administrator', 'Full Access', 'No Access')", json!("No Access")),
        ("#core.switchExpr(user.role, 'Administrator', 'Full Access')", json!(null)),
        ("#core.switchExpr(null, null, 'nobody')", json!("nobody")),
    ]);
}

/// The page of the reference has each function as it is called, what it gives and what it says, and no other.
#[test]
fn the_reference_tells_each_function() {
    let document = include_str!("../../../../../docs/reference/expressions.md");
    let told: Vec<&str> = document.lines().filter(|line| line.starts_with("| `#")).collect();
    let row = |one: &super::super::Described| format!("| `{}` | {} | {} |", one.call, one.gives, one.says);
    let expected: Vec<String> = super::super::functions().iter().map(row).collect();
    assert_eq!(told.join("\n"), expected.join("\n"), "the rows should be:\n{}", expected.join("\n"));
}

/// The tables say what their parser knows: every parameter has a kind, and what may be left out stands last.
#[test]
fn the_tables_are_sound() {
    let kinds =
        ["text", "whole", "number", "list", "value", "regex", "regex of all", "date pattern", "format", "algorithm"];
    for one in super::super::functions() {
        let (_, given) = one.call.trim_end_matches(')').split_once('(').unwrap();
        let mut optional = false;
        for part in given.split(", ").filter(|part| !part.is_empty()) {
            let part = part.trim_start_matches('[');
            let (part, _) = part.split_once(']').unwrap_or((part, ""));
            let (name, kind) = part.split_once(": ").unwrap_or_else(|| panic!("{}: {part}", one.call));
            assert!(kinds.contains(&kind), "{}: {kind}", one.call);
            assert!(!optional || name.ends_with('?'), "{}", one.call);
            optional = name.ends_with('?');
        }
        assert!(!one.says.contains('|') && !one.says.ends_with('.'), "{}", one.call);
    }
}
