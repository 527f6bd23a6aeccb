/** Grantor, an OAuth 2.0 and OpenID Connect server, in tests of JUnit 5 and 6: {@link grantor.junit.GrantorTest} is where to begin. */
package grantor.junit;
