resource "pingone_password_policy" "staff" {
  environment_id = local.environment_id

  name                             = "Staff"
  description                      = "For those who see what others bought"
  excludes_commonly_used_passwords = true
  excludes_profile_data            = true
  not_similar_to_current           = true
  password_age_max                 = 182
  password_age_min                 = 1
  max_repeated_characters          = 2
  min_unique_characters            = 5

  length = {
    min = 12
    max = 255
  }

  history = {
    count          = 6
    retention_days = 365
  }

  lockout = {
    duration_seconds = 900
    failure_count    = 5
  }

  min_characters = {
    alphabetical_uppercase = 1
    alphabetical_lowercase = 1
    numeric                = 1
    special_characters     = 1
  }
}

# Whoever registers is a customer.
resource "pingone_population_default" "customers" {
  environment_id = local.environment_id

  name        = "Customers"
  description = "Everybody who buys"
}

resource "pingone_population" "staff" {
  environment_id = local.environment_id

  name                    = "Staff"
  description             = "Everybody who sells"
  alternative_identifiers = ["bookshop-staff"]
  password_policy         = { id = pingone_password_policy.staff.id }
}

resource "pingone_population" "partner" {
  environment_id = local.environment_id

  name        = "Partner"
  description = "People of a publisher, who sign on there"
}

resource "pingone_identity_provider" "partner" {
  environment_id = local.environment_id

  name                       = "Partner"
  description                = "A publisher, by OpenID Connect"
  enabled                    = true
  registration_population_id = pingone_population.partner.id

  openid_connect = {
    client_id              = var.partner_client_id
    client_secret          = var.partner_client_secret
    issuer                 = "https://id.partner.example"
    authorization_endpoint = "https://id.partner.example/authorize"
    token_endpoint         = "https://id.partner.example/token"
    userinfo_endpoint      = "https://id.partner.example/userinfo"
    jwks_endpoint          = "https://id.partner.example/jwks"
    scopes                 = ["openid", "profile", "email"]
  }
}

resource "pingone_identity_provider_attribute" "partner" {
  for_each = {
    email         = "email"
    "name.given"  = "given_name"
    "name.family" = "family_name"
  }

  environment_id       = local.environment_id
  identity_provider_id = pingone_identity_provider.partner.id
  name                 = each.key
  update               = "EMPTY_ONLY"
  value                = "$${providerAttributes.${each.value}}"
}

resource "pingone_population_default_identity_provider" "partner" {
  environment_id       = local.environment_id
  population_id        = pingone_population.partner.id
  identity_provider_id = pingone_identity_provider.partner.id
}

resource "pingone_group" "employees" {
  environment_id = local.environment_id

  name        = "Employees"
  description = "All who work here, in whatever team"
  custom_data = jsonencode({ floor = "any" })
}

resource "pingone_group" "support" {
  environment_id = local.environment_id

  name          = "Support"
  description   = "Whom customers talk to"
  population_id = pingone_population.staff.id
}

resource "pingone_group" "vip" {
  environment_id = local.environment_id

  name        = "Patrons"
  description = "Kept up to date by itself"
  user_filter = "title eq \"Patron\""
}

resource "pingone_group_nesting" "support_are_employees" {
  environment_id  = local.environment_id
  group_id        = pingone_group.employees.id
  nested_group_id = pingone_group.support.id
}

resource "pingone_user" "ada" {
  environment_id = local.environment_id
  population_id  = pingone_population.staff.id

  username = "ada.lovelace"
  email    = var.administrator_email
  title    = "Head of support"
  locale   = "en-GB"

  name = {
    given  = "Ada"
    family = "Lovelace"
  }

  password = var.initial_password == null ? null : {
    initial_value = var.initial_password
    force_change  = true
  }
}

resource "pingone_user_group_assignment" "ada_is_support" {
  environment_id = local.environment_id
  user_id        = pingone_user.ada.id
  group_id       = pingone_group.support.id
}
