# Where and as whom it administers stands in grantor.env, which `grantor dev --terraform` writes.
terraform {
  required_version = ">= 1.5"

  required_providers {
    pingone = {
      source  = "pingidentity/pingone"
      version = ">= 1.20, < 2.0"
    }
  }
}

provider "pingone" {}
