# Words used everywhere: sign on, sign out, application, environment, one-time code, passkey.

copy = Copy
copied = Copied
cancel-button = Cancel
back-to = Back to { $application }
link-terms = Terms
link-policy = Privacy
link-support = Help
language = Language
form-expired = Nothing was checked or changed. Enter your details again.

signon-title = Sign on to { $application }
signon-context = with your { $environment } account
signon-button = Sign on
signon-forgot = Forgot password?
signon-demo-help = Filled in for you: this is the demo application of grantor dev.
signon-people = Sign on without a password
signon-people-help = Only grantor dev offers this.
signon-problem-unable = Nobody was signed on
signon-unable = This world signs “{ $username }” on without a click, and cannot: there is no such user, or they may not sign on.
field-username = Username
field-password = Password
password-show = Show
password-hide = Hide
signon-problem-wait = Too many attempts
signon-problem-locked = Your account is locked
signon-problem-form = This form was open for too long
error-username-missing = Enter your username
error-password-missing = Enter your password
error-credentials = Wrong username or password
signon-attempts-left = { $attempts ->
    [one] You have one attempt left before a pause.
   *[other] You have { $attempts } attempts left before a pause.
}
signon-locked = { $minutes ->
    [one] Wait one minute, then try again.
   *[other] Wait { $minutes } minutes, then try again.
}
signon-locked-for-good = Ask the people who run this service to unlock it.
signon-too-many = { $seconds ->
    [one] Wait one second, then try again.
   *[other] Wait { $seconds } seconds, then try again.
}

consent-title = Allow { $application }?
consent-heading = { $application } asks for access to your account
consent-from = from { $host }, which chose this name itself
consent-unknown = It registered itself here. Nobody has checked its name.
consent-new = Once you allow it, it can:
consent-known = You allow it already to:
consent-openid = Know that it is you, by a number of your account
consent-profile = See your name and profile
consent-email = See your email address
consent-address = See your postal address
consent-phone = See your phone number
consent-offline = Keep this access while you are away
consent-claims = See these details about you: { $claims }
consent-resource = Use all of it at { $resource }
consent-to = The answer goes to { $host }.
consent-device = Only if you started this yourself
consent-device-what = The answer goes to a program on this device ({ $place }), and any program here could say that it is this one. If you did not just start it, do not allow it.
consent-withdraw = You can take this back whenever you like: ask the people who run { $environment }.
consent-allow = Allow
consent-deny = Don’t allow

password-title = Choose a new password for { $application }
password-heading = Choose a new password
password-reason-must-change = Your current password was set by an administrator. Choose one that only you know.
password-reason-expired = Your current password has expired.
password-reason-forgotten = If this username has an account with an email address, a code is on its way there. Without a code, ask the people who run this service.
field-current-password = Current password
field-new-password = New password
field-code = Code
code-help = Eight letters and digits. It works for five minutes.
code-again = Send another code
back-to-signon = Back to sign on
password-button = Change password
not-you = Not you?
error-current-missing = Enter your current password
error-current-wrong = Wrong current password
error-code-missing = Enter the code
error-code-wrong = Wrong or expired code
error-new-missing = Enter a new password
error-new-rules = Choose a password that meets the marked rules
rules-heading = Rules for the new password
rules-others = Nor may it be easy to guess.
rule-met = Met
rule-failed = (not met)
rule-length = { $count ->
    [one] At least one character
   *[other] At least { $count } characters
}
rule-upper = { $count ->
    [one] An upper-case letter
   *[other] { $count } upper-case letters
}
rule-lower = { $count ->
    [one] A lower-case letter
   *[other] { $count } lower-case letters
}
rule-digit = { $count ->
    [one] A digit
   *[other] { $count } digits
}
rule-special = { $count ->
    [one] A special character, such as # or !
   *[other] { $count } special characters, such as # or !
}
rule-unique = { $count ->
    [one] At least one character
   *[other] At least { $count } different characters
}
rule-repeated = { $count ->
    [one] Never the same character twice in a row
   *[other] The same character at most { $count } times in a row
}
rule-complex = Long enough that nobody guesses it: several words
rule-alphabet = At most { $count } letters as in the alphabet (abc)
rule-numbers = At most { $count } digits in their order (123)
rule-keyboard = At most { $count } keys side by side (qwe)
rule-symbols = At most { $count } symbols side by side (!@#)
rule-not-common = Not a commonly used password
rule-not-profile = Without your name, username or email address
rule-not-similar = Not similar to your current password
rule-not-in-history = { $count ->
    [one] Not your last password
   *[other] None of your last { $count } passwords
}

error-number = Number for whoever helps you
error-copy = Copy the number
error-details = Details for developers
error-technical = In technical terms
error-entry = Show it among the last refusals
error-application = This application cannot sign you on
error-application-what = The application that sent you here is not known to this environment, or is switched off.
error-application-now = Go back and start again from the application itself. If that leads here once more, tell its owner and quote the number below.
error-redirect = This application is not set up for sign-on yet
error-redirect-what = It asked to send you to an address that its owner has not registered. To keep you safe, you were not sent there.
error-redirect-now = You did nothing wrong, and you can mend nothing here. Tell whoever runs the application, and give them the number below.
error-request = The application's request could not be read
error-request-what = The application sent a request that is incomplete or contradicts itself.
error-request-now = Go back and start again from the application. If that leads here once more, tell its owner and quote the number below.
error-environment = There is no such environment
error-environment-what = The address names an environment that does not exist here.
error-environment-now = Check the address, or start again from the application you wanted to use.
error-cookies = This sign‑on belongs to another browser
error-cookies-what = The sign-on was begun in another browser, or this browser keeps no cookies.
error-cookies-now = Allow cookies for this site, then start again from the application in this browser.
error-not-found = There is no page at this address
error-not-found-what = The address is incomplete, mistyped or out of date.
error-not-found-now = Check the address, or start again from the application you wanted to use.
error-form = This form can no longer be used
error-form-what = It was open for too long, or was sent from another page. Nothing was changed.
error-form-now = Start again from the application.
error-link = This link can no longer be used
error-link-what = It leads to a sign-on that is complete, or was open for too long. Nothing was changed.
error-link-now = Start again from the application.
error-step = You cannot sign on here yet
error-step-what = Your sign-on needs a further step that this server does not offer. You were not signed on, and nothing was changed.
error-step-now = Tell the people who look after your account, and quote the number below.
error-too-many = Too many requests
error-too-many-what = More requests came from your network than are allowed at once.
error-too-many-now = Wait one minute, then try again.
error-unavailable = Sign-on is not available for now
error-unavailable-what = The server is being maintained or has more to do than it can take. Nothing you entered was lost or changed.
error-unavailable-now = Wait a minute, then try again.
error-internal = The server made a mistake
error-internal-what = Your request was in order, but the server failed to answer it. The fault is recorded.
error-internal-now = Try again. If it happens once more, quote the number below to whoever helps you.

sign-off-title = Sign out
sign-off-heading = Sign out?
sign-off-lead = You will be signed out in this browser, from every application that you signed on to here.
sign-off-as = You are signed on as { $username }
sign-off-button = Sign out
sign-off-stay = Stay signed on
signed-out-title = You are signed out
signed-out-heading = You are signed out
signed-out-from = You are signed out from { $application } in this browser.
signed-out-here = You are signed out in this browser.
signed-out-on = To sign on again, open the application that you want to use.
signed-out-help = On a shared computer, close the browser too.

ended-finished = You have already signed on
ended-finished-what = This sign‑on is complete, perhaps in another tab. It cannot be used twice.
ended-expired = This sign‑on has ended
ended-expired-what = It waited for too long, or its link is no longer in use. Nothing was changed.
ended-cancelled = You cancelled the sign‑on
ended-cancelled-what = You are not signed on, and nothing was sent to the application.
ended-stayed = You are still signed on
ended-stayed-what = Nothing was changed.
ended-stayed-close = You can close this page.
ended-back = The application takes you on from here.
ended-restart = You can start a new one.
ended-restart-button = Start again
ended-close = You can close this page and start again from the application.

stranger-title = The request was refused
stranger-what = { $place } asked for something that is not given here. Nobody here knows who is behind it, and you have not allowed it anything.
stranger-now = If you did not mean to go there, close this page.
stranger-button = Continue to { $place }

form-post-title = Returning to the application
form-post-title-to = Returning to { $application }
form-post-lead = You are being sent back. If nothing happens, continue with the button.
form-post-button = Continue

home-title = Nothing to sign on to here
home-what = This server signs people on to applications. They send you here, and you come back to them afterwards.
home-now = Open the application that you want to use.

time-now = just now
time-in-no-time = in less than a minute
time-minutes-ago = { $count ->
    [one] one minute ago
   *[other] { $count } minutes ago
}
time-in-minutes = { $count ->
    [one] in one minute
   *[other] in { $count } minutes
}
time-hours-ago = { $count ->
    [one] one hour ago
   *[other] { $count } hours ago
}
time-in-hours = { $count ->
    [one] in one hour
   *[other] in { $count } hours
}
time-days-ago = { $count ->
    [one] one day ago
   *[other] { $count } days ago
}
time-in-days = { $count ->
    [one] in one day
   *[other] in { $count } days
}

mail-recovery-subject = Your code for a new password at { $environment }
mail-recovery-why = Somebody, probably you, asked for a new password for your account at { $environment }.
mail-recovery-otherwise = If it was not you, do nothing: your password stays as it is.
mail-verification-subject = Your code to confirm your email address at { $environment }
mail-verification-why = { $environment } asks you to confirm that this is your email address.
mail-verification-otherwise = If you have no account there, do nothing.
mail-code = Your code:
mail-code-use = It works once, within five minutes. Enter it where you asked for it, and give it to nobody else.
