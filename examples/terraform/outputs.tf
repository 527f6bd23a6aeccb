output "environment_id" {
  description = "Its issuer is `{server}/{environment_id}/as`."
  value       = pingone_environment.shop.id
}

output "client_ids" {
  description = "Of every application."
  value = {
    web       = pingone_application.web.id
    desk      = pingone_application.desk.id
    phone     = pingone_application.phone.id
    importer  = pingone_application.importer.id
    directory = pingone_application.directory.id
  }
}

output "importer_secret" {
  description = "With which the catalogue import asks for tokens."
  value       = pingone_application_secret.importer.secret
  sensitive   = true
}

output "orders_secret" {
  description = "With which the orders ask about tokens."
  value       = pingone_resource_secret.orders.secret
  sensitive   = true
}
