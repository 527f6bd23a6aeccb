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

# In access tokens for the orders, whichever application asked.
resource "pingone_resource_attribute" "customer" {
  environment_id = local.environment_id

  resource_type      = "CUSTOM"
  custom_resource_id = pingone_resource.orders.id
  name               = "customer"
  value              = "$${user.customerNumber}"

  depends_on = [pingone_schema_attribute.customer_number]
}
