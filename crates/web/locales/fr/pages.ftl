# Partout les mêmes mots : se connecter, se déconnecter, application, environnement, code à usage unique, clé d’accès.

copy = Copier
copied = Copié
cancel-button = Annuler
back-to = Retour à { $application }
link-terms = Conditions
link-policy = Confidentialité
link-support = Aide
language = Langue
form-expired = Rien n’a été vérifié ni modifié. Saisissez à nouveau vos données.

signon-title = Se connecter à { $application }
signon-context = avec votre compte { $environment }
signon-button = Se connecter
signon-forgot = Mot de passe oublié ?
signon-demo-help = Rempli pour vous : c’est l’application de démonstration de grantor dev.
signon-people = Se connecter sans mot de passe
signon-people-help = Seul grantor dev le propose.
signon-problem-unable = Personne n’a été connecté
signon-unable = Ce monde connecte « { $username } » sans un clic, et ne le peut pas : ce compte n’existe pas ou ne peut pas se connecter.
field-username = Nom d’utilisateur
field-password = Mot de passe
password-show = Afficher
password-hide = Masquer
signon-problem-wait = Trop de tentatives
signon-problem-locked = Votre compte est verrouillé
signon-problem-form = Ce formulaire est resté ouvert trop longtemps
error-username-missing = Saisissez votre nom d’utilisateur
error-password-missing = Saisissez votre mot de passe
error-credentials = Nom d’utilisateur ou mot de passe incorrect
signon-attempts-left = { $attempts ->
    [one] Il vous reste une tentative avant une pause.
   *[other] Il vous reste { $attempts } tentatives avant une pause.
}
signon-locked = { $minutes ->
    [one] Attendez une minute, puis réessayez.
   *[other] Attendez { $minutes } minutes, puis réessayez.
}
signon-locked-for-good = Demandez aux responsables de ce service de le déverrouiller.
signon-too-many = { $seconds ->
    [one] Attendez une seconde, puis réessayez.
   *[other] Attendez { $seconds } secondes, puis réessayez.
}

consent-title = Autoriser { $application } ?
consent-heading = { $application } demande l’accès à votre compte
consent-from = de { $host }, qui a choisi ce nom lui-même
consent-unknown = Cette application s’est enregistrée elle-même. Personne n’a vérifié son nom.
consent-new = Si vous l’autorisez, elle pourra :
consent-known = Vous l’autorisez déjà à :
consent-openid = Savoir que c’est vous, par un numéro de votre compte
consent-profile = Voir votre nom et votre profil
consent-email = Voir votre adresse e-mail
consent-address = Voir votre adresse postale
consent-phone = Voir votre numéro de téléphone
consent-offline = Garder cet accès pendant votre absence
consent-claims = Voir ces informations sur vous : { $claims }
consent-resource = Utiliser tout cela auprès de { $resource }
consent-to = La réponse est envoyée à { $host }.
consent-device = Seulement si vous avez commencé cela vous-même
consent-device-what = La réponse est envoyée à un programme sur cet appareil ({ $place }), et n’importe quel programme pourrait se faire passer pour lui. Si vous ne venez pas de le lancer, n’autorisez pas.
consent-withdraw = Vous pouvez revenir là-dessus à tout moment : adressez-vous aux responsables de { $environment }.
consent-allow = Autoriser
consent-deny = Ne pas autoriser

password-title = Choisir un nouveau mot de passe pour { $application }
password-heading = Choisir un nouveau mot de passe
password-reason-must-change = Votre mot de passe actuel a été défini par un administrateur. Choisissez-en un que vous seul connaissez.
password-reason-expired = Votre mot de passe actuel a expiré.
password-reason-forgotten = Si un compte avec une adresse e-mail correspond à ce nom d’utilisateur, un code y est envoyé. Sans code, adressez-vous aux responsables de ce service.
field-current-password = Mot de passe actuel
field-new-password = Nouveau mot de passe
field-code = Code
code-help = Huit lettres et chiffres. Il est valable cinq minutes.
code-again = Envoyer un autre code
back-to-signon = Retour à la connexion
password-button = Changer le mot de passe
not-you = Ce n’est pas vous ?
error-current-missing = Saisissez votre mot de passe actuel
error-current-wrong = Mot de passe actuel incorrect
error-code-missing = Saisissez le code
error-code-wrong = Code incorrect ou expiré
error-new-missing = Saisissez un nouveau mot de passe
error-new-rules = Choisissez un mot de passe qui respecte les règles marquées
rules-heading = Règles du nouveau mot de passe
rules-others = Il ne doit pas non plus être facile à deviner.
rule-met = Respecté
rule-failed = (non respecté)
rule-length = { $count ->
    [one] Au moins un caractère
   *[other] Au moins { $count } caractères
}
rule-upper = { $count ->
    [one] Une majuscule
   *[other] { $count } majuscules
}
rule-lower = { $count ->
    [one] Une minuscule
   *[other] { $count } minuscules
}
rule-digit = { $count ->
    [one] Un chiffre
   *[other] { $count } chiffres
}
rule-special = { $count ->
    [one] Un caractère spécial, comme # ou !
   *[other] { $count } caractères spéciaux, comme # ou !
}
rule-unique = { $count ->
    [one] Au moins un caractère
   *[other] Au moins { $count } caractères différents
}
rule-repeated = { $count ->
    [one] Jamais deux fois de suite le même caractère
   *[other] Le même caractère au plus { $count } fois de suite
}
rule-complex = Assez long pour que personne ne le devine : plusieurs mots
rule-alphabet = Au plus { $count } lettres dans l’ordre alphabétique (abc)
rule-numbers = Au plus { $count } chiffres dans leur ordre (123)
rule-keyboard = Au plus { $count } touches côte à côte (qwe)
rule-symbols = Au plus { $count } symboles côte à côte (!@#)
rule-not-common = Pas un mot de passe courant
rule-not-profile = Sans votre nom, votre nom d’utilisateur ni votre adresse e-mail
rule-not-similar = Sans ressemblance avec votre mot de passe actuel
rule-not-in-history = { $count ->
    [one] Pas votre dernier mot de passe
   *[other] Aucun de vos { $count } derniers mots de passe
}

error-number = Numéro pour la personne qui vous aide
error-copy = Copier le numéro
error-details = Détails pour les développeurs
error-technical = En termes techniques
error-entry = Voir parmi les derniers refus
error-application = Cette application ne peut pas vous connecter
error-application-what = L’application qui vous a envoyé ici est inconnue de cet environnement, ou désactivée.
error-application-now = Revenez en arrière et recommencez depuis l’application elle-même. Si vous revenez ici, prévenez son responsable et donnez le numéro ci-dessous.
error-redirect = Cette application n’est pas encore prête pour la connexion
error-redirect-what = Elle a demandé de vous envoyer à une adresse que son responsable n’a pas enregistrée. Par sécurité, vous n’y avez pas été envoyé.
error-redirect-now = Vous n’avez rien fait de mal et n’avez rien à corriger. Prévenez les responsables de l’application et donnez-leur le numéro ci-dessous.
error-request = La demande de l’application est illisible
error-request-what = L’application a envoyé une demande incomplète ou contradictoire.
error-request-now = Revenez en arrière et recommencez depuis l’application. Si vous revenez ici, prévenez son responsable et donnez le numéro ci-dessous.
error-environment = Cet environnement n’existe pas
error-environment-what = L’adresse désigne un environnement qui n’existe pas ici.
error-environment-now = Vérifiez l’adresse, ou recommencez depuis l’application que vous vouliez utiliser.
error-cookies = Cette connexion appartient à un autre navigateur
error-cookies-what = La connexion a été commencée dans un autre navigateur, ou ce navigateur ne conserve pas les cookies.
error-cookies-now = Autorisez les cookies pour ce site, puis recommencez depuis l’application dans ce navigateur.
error-not-found = Il n’y a pas de page à cette adresse
error-not-found-what = L’adresse est incomplète, mal saisie ou périmée.
error-not-found-now = Vérifiez l’adresse, ou recommencez depuis l’application que vous vouliez utiliser.
error-form = Ce formulaire n’est plus valable
error-form-what = Il est resté ouvert trop longtemps, ou a été envoyé depuis une autre page. Rien n’a été modifié.
error-form-now = Recommencez depuis l’application.
error-link = Ce lien n’est plus valable
error-link-what = Il mène à une connexion déjà terminée, ou il est trop ancien. Rien n’a été modifié.
error-link-now = Recommencez depuis l’application.
error-step = Vous ne pouvez pas encore vous connecter ici
error-step-what = Votre connexion demande une étape de plus que ce serveur ne propose pas. Vous n’avez pas été connecté et rien n’a été modifié.
error-step-now = Prévenez les personnes qui gèrent votre compte et donnez le numéro ci-dessous.
error-too-many = Trop de demandes
error-too-many-what = Votre réseau a envoyé plus de demandes qu’il n’est permis à la fois.
error-too-many-now = Attendez une minute, puis réessayez.
error-unavailable = La connexion n’est pas disponible pour le moment
error-unavailable-what = Le serveur est en maintenance ou a plus à faire qu’il ne peut accepter. Rien de ce que vous avez saisi n’a été perdu ni modifié.
error-unavailable-now = Attendez une minute, puis réessayez.
error-internal = Le serveur a commis une erreur
error-internal-what = Votre demande était correcte, mais le serveur n’a pas pu y répondre. L’incident est enregistré.
error-internal-now = Réessayez. Si cela se reproduit, donnez le numéro ci-dessous à la personne qui vous aide.

sign-off-title = Se déconnecter
sign-off-heading = Se déconnecter ?
sign-off-lead = Vous serez déconnecté, dans ce navigateur, de toutes les applications auxquelles vous vous êtes connecté ici.
sign-off-as = Vous êtes connecté en tant que { $username }
sign-off-button = Se déconnecter
sign-off-stay = Rester connecté
signed-out-title = Vous êtes déconnecté
signed-out-heading = Vous êtes déconnecté
signed-out-from = Vous êtes déconnecté de { $application } dans ce navigateur.
signed-out-here = Vous êtes déconnecté dans ce navigateur.
signed-out-on = Pour vous reconnecter, ouvrez l’application que vous voulez utiliser.
signed-out-help = Sur un ordinateur partagé, fermez aussi le navigateur.

ended-finished = Vous vous êtes déjà connecté
ended-finished-what = Cette connexion est terminée, peut-être dans un autre onglet. Elle ne peut pas servir deux fois.
ended-expired = Cette connexion est close
ended-expired-what = Elle a attendu trop longtemps, ou son lien n’est plus valable. Rien n’a été modifié.
ended-cancelled = Vous avez annulé la connexion
ended-cancelled-what = Vous n’êtes pas connecté, et rien n’a été envoyé à l’application.
ended-stayed = Vous êtes toujours connecté
ended-stayed-what = Rien n’a été modifié.
ended-stayed-close = Vous pouvez fermer cette page.
ended-back = La suite se passe dans l’application.
ended-restart = Vous pouvez en commencer une nouvelle.
ended-restart-button = Recommencer
ended-close = Vous pouvez fermer cette page et recommencer depuis l’application.

stranger-title = La demande a été refusée
stranger-what = { $place } a demandé quelque chose qui n’est pas accordé ici. Personne ici ne sait qui se trouve derrière, et vous ne lui avez rien autorisé.
stranger-now = Si vous ne vouliez pas y aller, fermez cette page.
stranger-button = Continuer vers { $place }

form-post-title = Retour à l’application
form-post-title-to = Retour à { $application }
form-post-lead = Vous êtes renvoyé à l’application. Si rien ne se passe, continuez avec le bouton.
form-post-button = Continuer

home-title = Rien à quoi se connecter ici
home-what = Ce serveur connecte les personnes aux applications. Elles vous envoient ici, et vous y retournez ensuite.
home-now = Ouvrez l’application que vous voulez utiliser.

time-now = à l’instant
time-in-no-time = dans moins d’une minute
time-minutes-ago = { $count ->
    [one] il y a une minute
   *[other] il y a { $count } minutes
}
time-in-minutes = { $count ->
    [one] dans une minute
   *[other] dans { $count } minutes
}
time-hours-ago = { $count ->
    [one] il y a une heure
   *[other] il y a { $count } heures
}
time-in-hours = { $count ->
    [one] dans une heure
   *[other] dans { $count } heures
}
time-days-ago = { $count ->
    [one] il y a un jour
   *[other] il y a { $count } jours
}
time-in-days = { $count ->
    [one] dans un jour
   *[other] dans { $count } jours
}

mail-recovery-subject = Votre code pour un nouveau mot de passe chez { $environment }
mail-recovery-why = Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour votre compte chez { $environment }.
mail-recovery-otherwise = Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.
mail-verification-subject = Votre code pour confirmer votre adresse e-mail chez { $environment }
mail-verification-why = { $environment } vous demande de confirmer que cette adresse e-mail est la vôtre.
mail-verification-otherwise = Si vous n’y avez pas de compte, ne faites rien.
mail-code = Votre code :
mail-code-use = Il est valable une fois, pendant cinq minutes. Saisissez-le là où vous l’avez demandé, et ne le donnez à personne d’autre.
