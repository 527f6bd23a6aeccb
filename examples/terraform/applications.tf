# The shop itself: pages that a server makes.
resource "pingone_application" "web" {
  environment_id = local.environment_id

  name        = "Shop"
  description = "Where customers buy"
  enabled     = true

  oidc_options = {
    type                       = "WEB_APP"
    home_page_url              = "https://www.${var.domain}"
    grant_types                = ["AUTHORIZATION_CODE", "REFRESH_TOKEN"]
    response_types             = ["CODE"]
    pkce_enforcement           = "S256_REQUIRED"
    token_endpoint_auth_method = "CLIENT_SECRET_BASIC"
    redirect_uris              = ["https://www.${var.domain}/callback", "http://localhost:3000/callback"]
    post_logout_redirect_uris  = ["https://www.${var.domain}/"]
    refresh_token_duration     = 2592000
  }
}

# What the staff works with, in the browser alone.
resource "pingone_application" "desk" {
  environment_id = local.environment_id

  name        = "Service desk"
  description = "Where orders are looked after"
  enabled     = true

  access_control_group_options = {
    type   = "ANY_GROUP"
    groups = [pingone_group.employees.id]
  }

  oidc_options = {
    type                       = "SINGLE_PAGE_APP"
    grant_types                = ["AUTHORIZATION_CODE"]
    response_types             = ["CODE"]
    pkce_enforcement           = "S256_REQUIRED"
    token_endpoint_auth_method = "NONE"
    redirect_uris              = ["https://desk.${var.domain}"]

    cors_settings = {
      behavior = "ALLOW_SPECIFIC_ORIGINS"
      origins  = ["https://desk.${var.domain}"]
    }
  }
}

resource "pingone_application" "phone" {
  environment_id = local.environment_id

  name    = "Shop for phones"
  enabled = true

  oidc_options = {
    type                       = "NATIVE_APP"
    grant_types                = ["AUTHORIZATION_CODE", "REFRESH_TOKEN"]
    response_types             = ["CODE"]
    pkce_enforcement           = "S256_REQUIRED"
    token_endpoint_auth_method = "NONE"
    redirect_uris              = ["example.bookshop://callback"]
  }
}

# Fills the catalogue at night; nobody signs on.
resource "pingone_application" "importer" {
  environment_id = local.environment_id

  name    = "Catalogue import"
  enabled = true

  oidc_options = {
    type                       = "SERVICE"
    grant_types                = ["CLIENT_CREDENTIALS"]
    token_endpoint_auth_method = "CLIENT_SECRET_POST"
  }
}

# Administers this environment through the management API.
resource "pingone_application" "directory" {
  environment_id = local.environment_id

  name    = "Directory import"
  enabled = true

  oidc_options = {
    type                       = "WORKER"
    grant_types                = ["CLIENT_CREDENTIALS"]
    token_endpoint_auth_method = "CLIENT_SECRET_BASIC"
  }
}

resource "pingone_application_secret" "importer" {
  environment_id = local.environment_id
  application_id = pingone_application.importer.id

  regenerate_trigger_values = {
    generation = "1"
  }
}

resource "pingone_application_attribute_mapping" "web" {
  for_each = {
    full_name = "$${user.name.given + ' ' + user.name.family}"
    groups    = "$${user.memberOfGroupNames}"
  }

  environment_id = local.environment_id
  application_id = pingone_application.web.id
  name           = each.key
  value          = each.value
}

data "pingone_resource_scope" "openid" {
  for_each = toset(["profile", "email"])

  environment_id = local.environment_id
  resource_type  = "OPENID_CONNECT"
  name           = each.key
}

resource "pingone_application_resource_grant" "openid" {
  for_each = {
    web   = pingone_application.web.id
    phone = pingone_application.phone.id
  }

  environment_id = local.environment_id
  application_id = each.value
  resource_type  = "OPENID_CONNECT"
  scopes         = concat([for scope in data.pingone_resource_scope.openid : scope.id], [pingone_resource_scope_openid.shelf.id])
}

resource "pingone_application_resource_grant" "orders" {
  for_each = {
    web   = [pingone_application.web.id, ["orders:read", "orders:write"]]
    desk  = [pingone_application.desk.id, ["orders:read"]]
    phone = [pingone_application.phone.id, ["orders:read", "orders:write"]]
  }

  environment_id     = local.environment_id
  application_id     = each.value[0]
  resource_type      = "CUSTOM"
  custom_resource_id = pingone_resource.orders.id
  scopes             = [for name in each.value[1] : pingone_resource_scope.orders[name].id]
}

resource "pingone_application_resource_grant" "catalogue" {
  environment_id     = local.environment_id
  application_id     = pingone_application.importer.id
  resource_type      = "CUSTOM"
  custom_resource_id = pingone_resource.catalogue.id
  scopes             = [pingone_resource_scope.catalogue.id]
}

resource "pingone_application_resource_grant" "own_data" {
  environment_id = local.environment_id
  application_id = pingone_application.web.id
  resource_type  = "PINGONE_API"
  scopes         = [pingone_resource_scope_pingone_api.own_name.id]
}
