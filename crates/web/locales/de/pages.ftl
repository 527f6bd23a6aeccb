# Überall dieselben Wörter: anmelden, abmelden, Anwendung, Umgebung, Einmalcode, Passkey.

copy = Kopieren
copied = Kopiert
cancel-button = Abbrechen
back-to = Zurück zu { $application }
link-terms = Bedingungen
link-policy = Datenschutz
link-support = Hilfe
language = Sprache
form-expired = Es wurde nichts geprüft und nichts geändert. Geben Sie Ihre Daten noch einmal ein.

signon-title = Bei { $application } anmelden
signon-context = mit Ihrem Konto bei { $environment }
signon-button = Anmelden
signon-forgot = Passwort vergessen?
signon-demo-help = Für Sie ausgefüllt: Dies ist die Demo-Anwendung von grantor dev.
signon-people = Ohne Passwort anmelden
signon-people-help = Das bietet nur grantor dev an.
signon-problem-unable = Niemand wurde angemeldet
signon-unable = Diese Welt meldet „{ $username }“ ohne einen Klick an, und kann es nicht: Es gibt kein solches Konto, oder es darf sich nicht anmelden.
field-username = Benutzername
field-password = Passwort
password-show = Zeigen
password-hide = Verbergen
signon-problem-wait = Zu viele Versuche
signon-problem-locked = Ihr Konto ist gesperrt
signon-problem-form = Dieses Formular war zu lange offen
error-username-missing = Geben Sie Ihren Benutzernamen ein
error-password-missing = Geben Sie Ihr Passwort ein
error-credentials = Benutzername oder Passwort ist falsch
signon-attempts-left = { $attempts ->
    [one] Sie haben noch einen Versuch vor einer Pause.
   *[other] Sie haben noch { $attempts } Versuche vor einer Pause.
}
signon-locked = { $minutes ->
    [one] Warten Sie eine Minute und versuchen Sie es dann noch einmal.
   *[other] Warten Sie { $minutes } Minuten und versuchen Sie es dann noch einmal.
}
signon-locked-for-good = Nur die Betreiber dieses Dienstes können es entsperren.
signon-too-many = { $seconds ->
    [one] Warten Sie eine Sekunde und versuchen Sie es dann noch einmal.
   *[other] Warten Sie { $seconds } Sekunden und versuchen Sie es dann noch einmal.
}

consent-title = { $application } zulassen?
consent-heading = { $application } möchte auf Ihr Konto zugreifen
consent-from = von { $host }, das diesen Namen selbst gewählt hat
consent-unknown = Die Anwendung hat sich hier selbst angemeldet. Niemand hat ihren Namen geprüft.
consent-new = Wenn Sie es zulassen, kann sie:
consent-known = Das lassen Sie schon zu:
consent-openid = Erkennen, dass Sie es sind, an einer Nummer Ihres Kontos
consent-profile = Ihren Namen und Ihr Profil sehen
consent-email = Ihre E-Mail-Adresse sehen
consent-address = Ihre Anschrift sehen
consent-phone = Ihre Telefonnummer sehen
consent-offline = Diesen Zugriff behalten, während Sie abwesend sind
consent-claims = Diese Angaben über Sie sehen: { $claims }
consent-resource = All das bei { $resource } nutzen
consent-to = Die Antwort geht an { $host }.
consent-device = Nur, wenn Sie das selbst begonnen haben
consent-device-what = Die Antwort geht an ein Programm auf diesem Gerät ({ $place }), und jedes Programm hier könnte sich als dieses ausgeben. Wenn Sie es nicht gerade gestartet haben, lassen Sie es nicht zu.
consent-withdraw = Sie können das jederzeit zurücknehmen: Wenden Sie sich an die Betreiber von { $environment }.
consent-allow = Zulassen
consent-deny = Nicht zulassen

password-title = Neues Passwort für { $application } wählen
password-heading = Neues Passwort wählen
password-reason-must-change = Ihr jetziges Passwort hat jemand aus der Verwaltung gesetzt. Wählen Sie eines, das nur Sie kennen.
password-reason-expired = Ihr jetziges Passwort ist abgelaufen.
password-reason-forgotten = Wenn zu diesem Benutzernamen ein Konto mit E-Mail-Adresse gehört, ist ein Code dorthin unterwegs. Kommt keiner, fragen Sie die Betreiber dieses Dienstes.
field-current-password = Jetziges Passwort
field-new-password = Neues Passwort
field-code = Code
code-help = Acht Buchstaben und Ziffern. Er gilt fünf Minuten.
code-again = Noch einen Code senden
back-to-signon = Zurück zur Anmeldung
password-button = Passwort ändern
not-you = Nicht Sie?
error-current-missing = Geben Sie Ihr jetziges Passwort ein
error-current-wrong = Das jetzige Passwort ist falsch
error-code-missing = Geben Sie den Code ein
error-code-wrong = Falscher oder abgelaufener Code
error-new-missing = Geben Sie ein neues Passwort ein
error-new-rules = Wählen Sie ein Passwort, das die markierten Regeln erfüllt
rules-heading = Regeln für das neue Passwort
rules-others = Es darf auch nicht leicht zu erraten sein.
rule-met = Erfüllt
rule-failed = (nicht erfüllt)
rule-length = { $count ->
    [one] Mindestens ein Zeichen
   *[other] Mindestens { $count } Zeichen
}
rule-upper = { $count ->
    [one] Ein Großbuchstabe
   *[other] { $count } Großbuchstaben
}
rule-lower = { $count ->
    [one] Ein Kleinbuchstabe
   *[other] { $count } Kleinbuchstaben
}
rule-digit = { $count ->
    [one] Eine Ziffer
   *[other] { $count } Ziffern
}
rule-special = { $count ->
    [one] Ein Sonderzeichen, etwa # oder !
   *[other] { $count } Sonderzeichen, etwa # oder !
}
rule-unique = { $count ->
    [one] Mindestens ein Zeichen
   *[other] Mindestens { $count } verschiedene Zeichen
}
rule-repeated = { $count ->
    [one] Nie zweimal dasselbe Zeichen hintereinander
   *[other] Dasselbe Zeichen höchstens { $count }-mal hintereinander
}
rule-complex = So lang, dass es niemand errät: mehrere Wörter
rule-alphabet = Höchstens { $count } Buchstaben wie im Alphabet (abc)
rule-numbers = Höchstens { $count } Ziffern in ihrer Reihenfolge (123)
rule-keyboard = Höchstens { $count } Tasten nebeneinander (qwe)
rule-symbols = Höchstens { $count } Zeichen nebeneinander (!@#)
rule-not-common = Kein häufig benutztes Passwort
rule-not-profile = Ohne Ihren Namen, Benutzernamen und Ihre E-Mail-Adresse
rule-not-similar = Dem jetzigen Passwort nicht ähnlich
rule-not-in-history = { $count ->
    [one] Nicht Ihr letztes Passwort
   *[other] Keines Ihrer letzten { $count } Passwörter
}

error-number = Nummer für alle, die Ihnen helfen
error-copy = Nummer kopieren
error-details = Einzelheiten für Entwickler
error-technical = Technisch gesagt
error-entry = Unter den letzten Ablehnungen zeigen
error-application = Diese Anwendung kann Sie nicht anmelden
error-application-what = Die Anwendung, von der Sie kommen, ist dieser Umgebung nicht bekannt oder ausgeschaltet.
error-application-now = Gehen Sie zurück und beginnen Sie neu bei der Anwendung selbst. Führt das wieder hierher, sagen Sie es deren Betreiber und nennen Sie die Nummer unten.
error-redirect = Diese Anwendung ist noch nicht für die Anmeldung eingerichtet
error-redirect-what = Sie wollte Sie an eine Adresse schicken, die ihr Betreiber nicht eingetragen hat. Zu Ihrer Sicherheit wurden Sie nicht dorthin geschickt.
error-redirect-now = Sie haben nichts falsch gemacht und können hier nichts beheben. Sagen Sie es den Betreibern der Anwendung und nennen Sie ihnen die Nummer unten.
error-request = Die Anfrage der Anwendung ist nicht lesbar
error-request-what = Die Anwendung hat eine Anfrage geschickt, die unvollständig ist oder sich widerspricht.
error-request-now = Gehen Sie zurück und beginnen Sie neu bei der Anwendung. Führt das wieder hierher, sagen Sie es deren Betreiber und nennen Sie die Nummer unten.
error-environment = Diese Umgebung gibt es nicht
error-environment-what = Die Adresse nennt eine Umgebung, die es hier nicht gibt.
error-environment-now = Prüfen Sie die Adresse oder beginnen Sie neu bei der Anwendung, die Sie benutzen wollten.
error-cookies = Diese Anmeldung gehört zu einem anderen Browser
error-cookies-what = Die Anmeldung wurde in einem anderen Browser begonnen, oder dieser Browser behält keine Cookies.
error-cookies-now = Erlauben Sie Cookies für diese Seite und beginnen Sie in diesem Browser neu bei der Anwendung.
error-not-found = Unter dieser Adresse gibt es keine Seite
error-not-found-what = Die Adresse ist unvollständig, vertippt oder veraltet.
error-not-found-now = Prüfen Sie die Adresse oder beginnen Sie neu bei der Anwendung, die Sie benutzen wollten.
error-form = Dieses Formular gilt nicht mehr
error-form-what = Es war zu lange offen oder wurde von einer anderen Seite geschickt. Es wurde nichts geändert.
error-form-now = Beginnen Sie neu bei der Anwendung.
error-link = Dieser Link gilt nicht mehr
error-link-what = Er führt zu einer Anmeldung, die abgeschlossen ist, oder er ist zu alt. Es wurde nichts geändert.
error-link-now = Beginnen Sie neu bei der Anwendung.
error-step = Sie können sich hier noch nicht anmelden
error-step-what = Ihre Anmeldung verlangt einen weiteren Schritt, den dieser Server nicht anbietet. Sie wurden nicht angemeldet, und es wurde nichts geändert.
error-step-now = Sagen Sie es denen, die Ihr Konto betreuen, und nennen Sie die Nummer unten.
error-too-many = Zu viele Anfragen
error-too-many-what = Aus Ihrem Netz kamen mehr Anfragen, als auf einmal erlaubt sind.
error-too-many-now = Warten Sie eine Minute und versuchen Sie es dann noch einmal.
error-unavailable = Die Anmeldung ist zurzeit nicht verfügbar
error-unavailable-what = Der Server wird gewartet oder hat mehr zu tun, als er annehmen kann. Nichts von dem, was Sie eingegeben haben, ist verloren oder geändert.
error-unavailable-now = Warten Sie eine Minute und versuchen Sie es dann noch einmal.
error-internal = Der Server hat einen Fehler gemacht
error-internal-what = Ihre Anfrage war in Ordnung, aber der Server konnte sie nicht beantworten. Der Fehler ist aufgezeichnet.
error-internal-now = Versuchen Sie es noch einmal. Geschieht es wieder, nennen Sie die Nummer unten, wenn Ihnen jemand hilft.

sign-off-title = Abmelden
sign-off-heading = Abmelden?
sign-off-lead = Sie werden in diesem Browser von jeder Anwendung abgemeldet, bei der Sie sich hier angemeldet haben.
sign-off-as = Sie sind als { $username } angemeldet
sign-off-button = Abmelden
sign-off-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-heading = Sie sind abgemeldet
signed-out-from = Sie sind in diesem Browser von { $application } abgemeldet.
signed-out-here = Sie sind in diesem Browser abgemeldet.
signed-out-on = Um sich wieder anzumelden, öffnen Sie die Anwendung, die Sie benutzen wollen.
signed-out-help = Schließen Sie an einem gemeinsam benutzten Rechner auch den Browser.

ended-finished = Sie haben sich schon angemeldet
ended-finished-what = Diese Anmeldung ist abgeschlossen, vielleicht in einem anderen Tab. Sie kann nicht zweimal benutzt werden.
ended-expired = Diese Anmeldung ist zu Ende
ended-expired-what = Sie hat zu lange gewartet, oder ihr Link gilt nicht mehr. Es wurde nichts geändert.
ended-cancelled = Sie haben die Anmeldung abgebrochen
ended-cancelled-what = Sie sind nicht angemeldet, und an die Anwendung wurde nichts geschickt.
ended-stayed = Sie sind weiterhin angemeldet
ended-stayed-what = Es wurde nichts geändert.
ended-stayed-close = Sie können diese Seite schließen.
ended-back = Von hier geht es in der Anwendung weiter.
ended-restart = Sie können eine neue beginnen.
ended-restart-button = Neu beginnen
ended-close = Sie können diese Seite schließen und bei der Anwendung neu beginnen.

stranger-title = Die Anfrage wurde abgelehnt
stranger-what = { $place } hat um etwas gebeten, das es hier nicht gibt. Niemand hier weiß, wer dahintersteht, und Sie haben dieser Anwendung nichts erlaubt.
stranger-now = Wenn Sie nicht dorthin wollten, schließen Sie diese Seite.
stranger-button = Weiter zu { $place }

form-post-title = Zurück zur Anwendung
form-post-title-to = Zurück zu { $application }
form-post-lead = Sie werden zurückgeschickt. Geschieht nichts, geht es mit dem Knopf weiter.
form-post-button = Weiter

home-title = Hier gibt es nichts anzumelden
home-what = Dieser Server meldet Menschen bei Anwendungen an. Die Anwendungen schicken Sie hierher, und danach kehren Sie zu ihnen zurück.
home-now = Öffnen Sie die Anwendung, die Sie benutzen wollen.

time-now = gerade eben
time-in-no-time = in weniger als einer Minute
time-minutes-ago = { $count ->
    [one] vor einer Minute
   *[other] vor { $count } Minuten
}
time-in-minutes = { $count ->
    [one] in einer Minute
   *[other] in { $count } Minuten
}
time-hours-ago = { $count ->
    [one] vor einer Stunde
   *[other] vor { $count } Stunden
}
time-in-hours = { $count ->
    [one] in einer Stunde
   *[other] in { $count } Stunden
}
time-days-ago = { $count ->
    [one] vor einem Tag
   *[other] vor { $count } Tagen
}
time-in-days = { $count ->
    [one] in einem Tag
   *[other] in { $count } Tagen
}

mail-recovery-subject = Ihr Code für ein neues Passwort bei { $environment }
mail-recovery-why = Jemand, vermutlich Sie, hat ein neues Passwort für Ihr Konto bei { $environment } verlangt.
mail-recovery-otherwise = Wenn Sie es nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.
mail-verification-subject = Ihr Code zur Bestätigung Ihrer E-Mail-Adresse bei { $environment }
mail-verification-why = Bestätigen Sie { $environment }, dass dies Ihre E-Mail-Adresse ist.
mail-verification-otherwise = Wenn Sie dort kein Konto haben, tun Sie nichts.
mail-code = Ihr Code:
mail-code-use = Er gilt einmal und fünf Minuten lang. Geben Sie ihn dort ein, wo Sie ihn verlangt haben, und sonst niemandem weiter.
