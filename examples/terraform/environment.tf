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

# An attribute of users that this shop needs and no other: it goes into tokens below.
resource "pingone_schema_attribute" "customer_number" {
  environment_id = local.environment_id

  name         = "customerNumber"
  display_name = "Customer number"
  description  = "As it is printed on invoices"
  type         = "STRING"
  unique       = true
  multivalued  = false

  regex_validation = {
    pattern      = "^[0-9]{6,10}$"
    requirements = "Six to ten digits."

    values_pattern_should_match     = ["471100"]
    values_pattern_should_not_match = ["none"]
  }
}
