data "pingone_role" "environment_admin" {
  name = "Environment Admin"
}

data "pingone_role" "identity_data_admin" {
  name = "Identity Data Admin"
}

data "pingone_role" "identity_data_read_only" {
  name = "Identity Data Read Only"
}

# A role of the shop's own making.
resource "pingone_custom_role" "registrar" {
  environment_id = local.environment_id

  name          = "Registrar"
  description   = "Reads people and the groups that they are in"
  applicable_to = ["ENVIRONMENT", "POPULATION"]

  can_be_assigned_by = [{ id = data.pingone_role.environment_admin.id }]

  permissions = [
    { id = "dir:read:user" },
    { id = "dir:read:group" },
    { id = "dir:read:population" },
  ]
}

# The import may write the staff and nobody else.
resource "pingone_application_role_assignment" "directory_writes_staff" {
  environment_id      = local.environment_id
  application_id      = pingone_application.directory.id
  role_id             = data.pingone_role.identity_data_admin.id
  scope_population_id = pingone_population.staff.id
}

# Support may look at everybody.
resource "pingone_group_role_assignment" "support_reads" {
  environment_id       = local.environment_id
  group_id             = pingone_group.support.id
  role_id              = data.pingone_role.identity_data_read_only.id
  scope_environment_id = local.environment_id
}

resource "pingone_user_role_assignment" "ada_administers" {
  environment_id       = local.environment_id
  user_id              = pingone_user.ada.id
  role_id              = data.pingone_role.environment_admin.id
  scope_environment_id = local.environment_id
}
