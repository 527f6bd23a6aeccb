resource "pingone_sign_on_policy" "customers" {
  environment_id = local.environment_id

  name        = "Bookshop_Customers"
  description = "User name and password, at most once a day"
}

resource "pingone_sign_on_policy_action" "customers_password" {
  environment_id    = local.environment_id
  sign_on_policy_id = pingone_sign_on_policy.customers.id
  priority          = 1

  conditions {
    last_sign_on_older_than_seconds = 86400
  }

  login {
    recovery_enabled = true
  }
}

resource "pingone_sign_on_policy" "staff" {
  environment_id = local.environment_id

  name        = "Bookshop_Staff"
  description = "Who it is first: people of the partner sign on there"
}

resource "pingone_sign_on_policy_action" "staff_identifier" {
  environment_id    = local.environment_id
  sign_on_policy_id = pingone_sign_on_policy.staff.id
  priority          = 1

  conditions {
    last_sign_on_older_than_seconds = 3600
  }

  identifier_first {
    recovery_enabled = false

    discovery_rule {
      attribute_contains_text = "@partner.example"
      identity_provider_id    = pingone_identity_provider.partner.id
    }
  }
}

resource "pingone_application_sign_on_policy_assignment" "web" {
  environment_id    = local.environment_id
  application_id    = pingone_application.web.id
  sign_on_policy_id = pingone_sign_on_policy.customers.id
  priority          = 1

  depends_on = [pingone_sign_on_policy_action.customers_password]
}

resource "pingone_application_sign_on_policy_assignment" "desk" {
  environment_id    = local.environment_id
  application_id    = pingone_application.desk.id
  sign_on_policy_id = pingone_sign_on_policy.staff.id
  priority          = 1

  depends_on = [pingone_sign_on_policy_action.staff_identifier]
}
