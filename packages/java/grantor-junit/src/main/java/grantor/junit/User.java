package grantor.junit;

/** A person of a world. The password is null where the server does not know it. */
public record User(String username, String password, String id) {
    /** Without the password, which does not belong into the log of a test. */
    @Override
    public String toString() {
        return "User[username=" + username + ", id=" + id + "]";
    }

    static User of(Members told) {
        return new User(told.text("username"), told.text("password"), told.text("id"));
    }
}
