resource "pingone_resource" "orders" {
  environment_id = local.environment_id

  name                            = "Orders"
  description                     = "What was bought"
  audience                        = "https://orders.${var.domain}"
  access_token_validity_seconds   = 900
  introspect_endpoint_auth_method = "CLIENT_SECRET_BASIC"
}

resource "pingone_resource" "catalogue" {
  environment_id = local.environment_id

  name        = "Catalogue"
  description = "What can be bought"
  audience    = "https://catalogue.${var.domain}"
}

resource "pingone_resource_scope" "orders" {
  for_each = {
    "orders:read"  = "See orders"
    "orders:write" = "Place and change orders"
  }

  environment_id = local.environment_id
  resource_id    = pingone_resource.orders.id
  name           = each.key
  description    = each.value
}

resource "pingone_resource_scope" "catalogue" {
  environment_id = local.environment_id
  resource_id    = pingone_resource.catalogue.id
  name           = "catalogue:write"
  description    = "Change what is sold"
}

# With which the orders ask about tokens.
resource "pingone_resource_secret" "orders" {
  environment_id = local.environment_id
  resource_id    = pingone_resource.orders.id
}

# In ID tokens and at userinfo, for those who are given the scope.
resource "pingone_resource_attribute" "shelf" {
  environment_id = local.environment_id

  resource_type    = "OPENID_CONNECT"
  name             = "shelf"
  value            = "$${user.nickname}"
  id_token_enabled = true
  userinfo_enabled = true
}

resource "pingone_resource_scope_openid" "shelf" {
  environment_id = local.environment_id

  name          = "shelf"
  description   = "The shelf that somebody likes best"
  mapped_claims = [pingone_resource_attribute.shelf.id]
}

resource "pingone_resource_scope_pingone_api" "own_name" {
  environment_id = local.environment_id

  name              = "p1:read:user:bookshop"
  description       = "One's own name and address"
  schema_attributes = ["name.given", "name.family", "email"]
}
