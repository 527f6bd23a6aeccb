package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A shape is JSON in which a text in angle brackets stands for any value of a sort. A member whose name has ` ?` behind it may be missing. A list
// that begins with "<each>" has any number of rows of the shape that follows.
var sorts = map[string]func(any) bool{
	"<uuid>":   func(value any) bool { return matches(value, lowerUUID.MatchString) },
	"<time>":   func(value any) bool { return matches(value, stamp.MatchString) },
	"<secret>": func(value any) bool { return matches(value, secret.MatchString) },
	"<text>":   func(value any) bool { return matches(value, func(text string) bool { return text != "" }) },
	"<number>": func(value any) bool { _, ok := value.(json.Number); return ok },
	"<flag>":   func(value any) bool { _, ok := value.(bool); return ok },
	"<any>":    func(any) bool { return true },
}

// optionally stands behind the name of a member that may be missing; no name has a blank.
const optionally = " ?"

func matches(value any, rule func(string) bool) bool {
	text, ok := value.(string)
	return ok && rule(text)
}

// differences names where a value is not of the shape; an object has exactly the members of its shape, besides its links.
func differences(shape, value any, at string) (found []string) {
	switch shape := shape.(type) {
	case string:
		if rule, ok := sorts[shape]; ok {
			if !rule(value) {
				return []string{fmt.Sprintf("%s is %s, not %s", at, text(value), shape)}
			}
			return nil
		}
	case map[string]any:
		value, ok := value.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		return members(shape, value, at)
	case []any:
		value, ok := value.([]any)
		if !ok {
			return []string{at + " is no list"}
		}
		return rows(shape, value, at)
	}
	if text(shape) != text(value) {
		return []string{fmt.Sprintf("%s is %s, not %s", at, text(value), text(shape))}
	}
	return nil
}

func members(shape, value map[string]any, at string) (found []string) {
	known := map[string]bool{"_links": true}
	for _, name := range slices.Sorted(maps.Keys(shape)) {
		bare, optional := strings.CutSuffix(name, optionally)
		known[bare] = true
		member, ok := value[bare]
		switch {
		case ok:
			found = append(found, differences(shape[name], member, at+"."+bare)...)
		case !optional:
			found = append(found, at+"."+bare+" is missing")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if !known[name] {
			found = append(found, fmt.Sprintf("%s.%s is too much: %s", at, name, text(value[name])))
		}
	}
	return found
}

func rows(shape, value []any, at string) (found []string) {
	if len(shape) == 2 && shape[0] == "<each>" {
		for i, row := range value {
			found = append(found, differences(shape[1], row, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return found
	}
	if len(shape) != len(value) {
		return []string{fmt.Sprintf("%s has %d rows, not %d: %s", at, len(value), len(shape), text(value))}
	}
	for i, row := range value {
		found = append(found, differences(shape[i], row, fmt.Sprintf("%s[%d]", at, i))...)
	}
	return found
}

// over lays what was sent over what the server adds: objects member by member, all else whole. What is laid over an optional member makes
// it one that must be there.
func over(below, above any) any {
	lower, isObject := below.(map[string]any)
	upper, both := above.(map[string]any)
	if !isObject || !both {
		return above
	}
	laid := maps.Clone(lower)
	for name, member := range upper {
		under, ok := laid[name]
		if !ok {
			under = laid[name+optionally]
		}
		delete(laid, name+optionally)
		laid[name] = over(under, member)
	}
	return laid
}

func parse(source string) (value any) {
	decoder := json.NewDecoder(strings.NewReader(source))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(fmt.Sprintf("%v in %s", err, source))
	}
	return value
}

func text(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(buffer.String())
}

// linkNames are the names of an object's links, in their order, with blanks between.
func linkNames(value any) string {
	object, _ := value.(map[string]any)
	all, _ := object["_links"].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(all)), " ")
}
