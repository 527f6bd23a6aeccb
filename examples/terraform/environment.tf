resource "pingone_environment" "shop" {
  name        = var.name
  description = "Who buys books, who sells them, and what may ask about either"
  type        = "SANDBOX"
  license_id  = var.license_id

  services = [
    { type = "SSO" },
    { type = "MFA" },
  ]
}

locals {
  environment_id = pingone_environment.shop.id
}
