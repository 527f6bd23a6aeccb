# Las mismas palabras en todas partes: iniciar sesión, cerrar sesión, aplicación, entorno, código de un solo uso, clave de acceso.

copy = Copiar
copied = Copiado
cancel-button = Cancelar
back-to = Volver a { $application }
link-terms = Condiciones
link-policy = Privacidad
link-support = Ayuda
language = Idioma
form-expired = No se ha comprobado ni cambiado nada. Vuelva a introducir sus datos.

signon-title = Iniciar sesión en { $application }
signon-context = con su cuenta de { $environment }
signon-button = Iniciar sesión
signon-forgot = ¿Ha olvidado la contraseña?
signon-demo-help = Ya rellenado: esta es la aplicación de demostración de grantor dev.
signon-people = Iniciar sesión sin contraseña
signon-people-help = Solo grantor dev lo ofrece.
signon-problem-unable = No se ha iniciado ninguna sesión
signon-unable = Este mundo inicia la sesión de «{ $username }» sin un clic, y no puede: esa cuenta no existe o no puede iniciar sesión.
field-username = Nombre de usuario
field-password = Contraseña
password-show = Mostrar
password-hide = Ocultar
signon-problem-wait = Demasiados intentos
signon-problem-locked = Su cuenta está bloqueada
signon-problem-form = Este formulario estuvo abierto demasiado tiempo
error-username-missing = Introduzca su nombre de usuario
error-password-missing = Introduzca su contraseña
error-credentials = Nombre de usuario o contraseña incorrectos
signon-attempts-left = { $attempts ->
    [one] Le queda un intento antes de una pausa.
   *[other] Le quedan { $attempts } intentos antes de una pausa.
}
signon-locked = { $minutes ->
    [one] Espere un minuto y vuelva a intentarlo.
   *[other] Espere { $minutes } minutos y vuelva a intentarlo.
}
signon-locked-for-good = Pida a quienes gestionan este servicio que la desbloqueen.
signon-too-many = { $seconds ->
    [one] Espere un segundo y vuelva a intentarlo.
   *[other] Espere { $seconds } segundos y vuelva a intentarlo.
}

consent-title = ¿Permitir { $application }?
consent-heading = { $application } pide acceso a su cuenta
consent-from = de { $host }, que eligió este nombre por su cuenta
consent-unknown = Se registró aquí por su cuenta. Nadie ha comprobado su nombre.
consent-new = Si lo permite, podrá:
consent-known = Ya le permite:
consent-openid = Saber que es usted, por un número de su cuenta
consent-profile = Ver su nombre y su perfil
consent-email = Ver su correo electrónico
consent-address = Ver su dirección postal
consent-phone = Ver su número de teléfono
consent-offline = Conservar este acceso mientras usted no está
consent-claims = Ver estos datos sobre usted: { $claims }
consent-resource = Usar todo ello en { $resource }
consent-to = La respuesta va a { $host }.
consent-device = Solo si lo ha empezado usted
consent-device-what = La respuesta va a un programa de este dispositivo ({ $place }), y cualquier programa podría hacerse pasar por él. Si no acaba de iniciarlo, no lo permita.
consent-withdraw = Puede retirarlo cuando quiera: diríjase a quienes gestionan { $environment }.
consent-allow = Permitir
consent-deny = No permitir

password-title = Elegir una contraseña nueva para { $application }
password-heading = Elegir una contraseña nueva
password-reason-must-change = Su contraseña actual la estableció un administrador. Elija una que solo usted conozca.
password-reason-expired = Su contraseña actual ha caducado.
password-reason-forgotten = Si este nombre de usuario tiene una cuenta con correo electrónico, le llegará un código. Si no llega, pregunte a quienes gestionan este servicio.
field-current-password = Contraseña actual
field-new-password = Contraseña nueva
field-code = Código
code-help = Ocho letras y cifras. Sirve durante cinco minutos.
code-again = Enviar otro código
back-to-signon = Volver al inicio de sesión
password-button = Cambiar la contraseña
not-you = ¿No es usted?
error-current-missing = Introduzca su contraseña actual
error-current-wrong = La contraseña actual es incorrecta
error-code-missing = Introduzca el código
error-code-wrong = Código incorrecto o caducado
error-new-missing = Introduzca una contraseña nueva
error-new-rules = Elija una contraseña que cumpla las reglas marcadas
rules-heading = Reglas de la contraseña nueva
rules-others = Tampoco debe ser fácil de adivinar.
rule-met = Cumplida
rule-failed = (no se cumple)
rule-length = { $count ->
    [one] Al menos un carácter
   *[other] Al menos { $count } caracteres
}
rule-upper = { $count ->
    [one] Una letra mayúscula
   *[other] { $count } letras mayúsculas
}
rule-lower = { $count ->
    [one] Una letra minúscula
   *[other] { $count } letras minúsculas
}
rule-digit = { $count ->
    [one] Una cifra
   *[other] { $count } cifras
}
rule-special = { $count ->
    [one] Un carácter especial, como # o !
   *[other] { $count } caracteres especiales, como # o !
}
rule-unique = { $count ->
    [one] Al menos un carácter
   *[other] Al menos { $count } caracteres distintos
}
rule-repeated = { $count ->
    [one] Nunca el mismo carácter dos veces seguidas
   *[other] El mismo carácter como mucho { $count } veces seguidas
}
rule-complex = Tan larga que nadie la adivine: varias palabras
rule-alphabet = Como mucho { $count } letras en orden alfabético (abc)
rule-numbers = Como mucho { $count } cifras en su orden (123)
rule-keyboard = Como mucho { $count } teclas contiguas (qwe)
rule-symbols = Como mucho { $count } símbolos contiguos (!@#)
rule-not-common = No una contraseña de uso común
rule-not-profile = Sin su nombre, su nombre de usuario ni su correo electrónico
rule-not-similar = Sin parecido con su contraseña actual
rule-not-in-history = { $count ->
    [one] No su última contraseña
   *[other] Ninguna de sus últimas { $count } contraseñas
}

error-number = Número para quien le ayude
error-copy = Copiar el número
error-details = Detalles para desarrolladores
error-technical = En términos técnicos
error-entry = Ver entre los últimos rechazos
error-application = Esta aplicación no puede iniciar su sesión
error-application-what = La aplicación que le ha enviado aquí no es conocida en este entorno o está desactivada.
error-application-now = Vuelva atrás y empiece de nuevo desde la propia aplicación. Si llega aquí otra vez, avise a su responsable y dele el número de abajo.
error-redirect = Esta aplicación aún no está preparada para iniciar sesión
error-redirect-what = Pidió enviarle a una dirección que su responsable no ha registrado. Por su seguridad, no se le ha enviado allí.
error-redirect-now = Usted no ha hecho nada mal y aquí no puede arreglar nada. Avise a los responsables de la aplicación y deles el número de abajo.
error-request = La solicitud de la aplicación no se puede leer
error-request-what = La aplicación ha enviado una solicitud incompleta o contradictoria.
error-request-now = Vuelva atrás y empiece de nuevo desde la aplicación. Si llega aquí otra vez, avise a su responsable y dele el número de abajo.
error-environment = Este entorno no existe
error-environment-what = La dirección nombra un entorno que no existe aquí.
error-environment-now = Compruebe la dirección o empiece de nuevo desde la aplicación que quería usar.
error-cookies = Este inicio de sesión pertenece a otro navegador
error-cookies-what = El inicio de sesión comenzó en otro navegador, o este navegador no guarda cookies.
error-cookies-now = Permita las cookies de este sitio y empiece de nuevo desde la aplicación en este navegador.
error-not-found = No hay ninguna página en esta dirección
error-not-found-what = La dirección está incompleta, mal escrita o anticuada.
error-not-found-now = Compruebe la dirección o empiece de nuevo desde la aplicación que quería usar.
error-form = Este formulario ya no es válido
error-form-what = Estuvo abierto demasiado tiempo o se envió desde otra página. No se ha cambiado nada.
error-form-now = Empiece de nuevo desde la aplicación.
error-link = Este enlace ya no es válido
error-link-what = Lleva a un inicio de sesión que ya terminó, o es demasiado antiguo. No se ha cambiado nada.
error-link-now = Empiece de nuevo desde la aplicación.
error-step = Todavía no puede iniciar sesión aquí
error-step-what = Su inicio de sesión requiere un paso más que este servidor no ofrece. No se ha iniciado la sesión ni se ha cambiado nada.
error-step-now = Avise a quien gestiona su cuenta y dele el número de abajo.
error-too-many = Demasiadas solicitudes
error-too-many-what = Desde su red han llegado más solicitudes de las permitidas a la vez.
error-too-many-now = Espere un minuto y vuelva a intentarlo.
error-unavailable = El inicio de sesión no está disponible por ahora
error-unavailable-what = El servidor está en mantenimiento o tiene más trabajo del que puede aceptar. No se ha perdido ni cambiado nada de lo que ha introducido.
error-unavailable-now = Espere un minuto y vuelva a intentarlo.
error-internal = El servidor ha cometido un error
error-internal-what = Su solicitud era correcta, pero el servidor no ha podido responderla. El fallo ha quedado registrado.
error-internal-now = Vuelva a intentarlo. Si ocurre otra vez, dé el número de abajo a quien le ayude.

sign-off-title = Cerrar sesión
sign-off-heading = ¿Cerrar sesión?
sign-off-lead = Se cerrará, en este navegador, su sesión en todas las aplicaciones en las que la inició aquí.
sign-off-as = Ha iniciado sesión como { $username }
sign-off-button = Cerrar sesión
sign-off-stay = Mantener la sesión
signed-out-title = Ha cerrado la sesión
signed-out-heading = Ha cerrado la sesión
signed-out-from = Ha cerrado la sesión de { $application } en este navegador.
signed-out-here = Ha cerrado la sesión en este navegador.
signed-out-on = Para volver a iniciar sesión, abra la aplicación que quiera usar.
signed-out-help = En un ordenador compartido, cierre también el navegador.

ended-finished = Ya ha iniciado sesión
ended-finished-what = Este inicio de sesión está completo, quizá en otra pestaña. No se puede usar dos veces.
ended-expired = Este inicio de sesión ha terminado
ended-expired-what = Esperó demasiado tiempo o su enlace ya no es válido. No se ha cambiado nada.
ended-cancelled = Ha cancelado el inicio de sesión
ended-cancelled-what = No ha iniciado sesión y no se ha enviado nada a la aplicación.
ended-stayed = Su sesión sigue abierta
ended-stayed-what = No se ha cambiado nada.
ended-stayed-close = Puede cerrar esta página.
ended-back = A partir de aquí continúa la aplicación.
ended-restart = Puede empezar uno nuevo.
ended-restart-button = Empezar de nuevo
ended-close = Puede cerrar esta página y empezar de nuevo desde la aplicación.

stranger-title = La solicitud fue rechazada
stranger-what = { $place } pidió algo que aquí no se concede. Nadie aquí sabe quién está detrás, y usted no le ha permitido nada.
stranger-now = Si no quería ir allí, cierre esta página.
stranger-button = Continuar a { $place }

form-post-title = Volviendo a la aplicación
form-post-title-to = Volviendo a { $application }
form-post-lead = Se le está enviando de vuelta. Si no ocurre nada, continúe con el botón.
form-post-button = Continuar

home-title = Aquí no hay dónde iniciar sesión
home-what = Este servidor inicia la sesión de las personas en aplicaciones. Ellas le envían aquí y después vuelve a ellas.
home-now = Abra la aplicación que quiera usar.

time-now = ahora mismo
time-in-no-time = en menos de un minuto
time-minutes-ago = { $count ->
    [one] hace un minuto
   *[other] hace { $count } minutos
}
time-in-minutes = { $count ->
    [one] dentro de un minuto
   *[other] dentro de { $count } minutos
}
time-hours-ago = { $count ->
    [one] hace una hora
   *[other] hace { $count } horas
}
time-in-hours = { $count ->
    [one] dentro de una hora
   *[other] dentro de { $count } horas
}
time-days-ago = { $count ->
    [one] hace un día
   *[other] hace { $count } días
}
time-in-days = { $count ->
    [one] dentro de un día
   *[other] dentro de { $count } días
}

mail-recovery-subject = Su código para una contraseña nueva en { $environment }
mail-recovery-why = Alguien, probablemente usted, ha pedido una contraseña nueva para su cuenta en { $environment }.
mail-recovery-otherwise = Si no ha sido usted, no haga nada: su contraseña sigue igual.
mail-verification-subject = Su código para confirmar su correo electrónico en { $environment }
mail-verification-why = { $environment } le pide que confirme que esta es su dirección de correo electrónico.
mail-verification-otherwise = Si no tiene una cuenta allí, no haga nada.
mail-code = Su código:
mail-code-use = Sirve una vez, durante cinco minutos. Introdúzcalo donde lo pidió y no se lo dé a nadie más.
