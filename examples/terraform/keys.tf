# Tokens of the environment's applications are signed with the keys of its default policy. This one is for whoever is told to use it.
resource "pingone_key_rotation_policy" "tokens" {
  environment_id = local.environment_id

  name                = "${var.name} tokens"
  algorithm           = "RSA"
  key_length          = 2048
  signature_algorithm = "SHA256withRSA"
  subject_dn          = "CN=${var.name} tokens, OU=Sign-on, O=${var.name}, L=, ST=, C=GB"
  usage_type          = "SIGNING"
  rotation_period     = 60
  validity_period     = 120
}

resource "pingone_key" "documents" {
  environment_id = local.environment_id

  name                = "${var.name} documents"
  algorithm           = "EC"
  key_length          = 256
  signature_algorithm = "SHA256withECDSA"
  subject_dn          = "CN=${var.name} documents, OU=Sign-on, O=${var.name}, L=, ST=, C=GB"
  usage_type          = "SIGNING"
  validity_period     = 365
}

resource "pingone_certificate" "partner" {
  environment_id = local.environment_id

  usage_type = "SIGNING"
  pem_file   = file("${path.module}/partner.pem")
}
