variable "license_id" {
  description = "The licence that the environment is made under; grantor.env has it."
  type        = string
}

variable "name" {
  description = "What the environment is called, and what the names of its resources begin with."
  type        = string
  default     = "Bookshop"
}

variable "domain" {
  description = "Where the shop's pages and interfaces are."
  type        = string
  default     = "bookshop.example"
}

variable "administrator_email" {
  description = "The address of the first person of the staff."
  type        = string
  default     = "ada.lovelace@bookshop.example"
}

variable "initial_password" {
  description = "What the first person of the staff signs on with, once. Without one, somebody sets it for them."
  type        = string
  default     = null
  sensitive   = true
}

variable "partner_client_id" {
  description = "What the shop is at the partner's identity provider."
  type        = string
  default     = "bookshop"
}

variable "partner_client_secret" {
  description = "With what it proves that."
  type        = string
  sensitive   = true
}
