variable "scanner_principal" {
  description = "ARN of the role or user that scans"
  type        = string
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:.+", var.scanner_principal))
    error_message = "It must be the ARN of a role or a user."
  }
}

variable "external_id" {
  description = "A text that only you and your scanner know the account by: aws.external_id of its configuration"
  type        = string
  validation {
    condition     = length(var.external_id) >= 8
    error_message = "It must have at least 8 characters."
  }
}

variable "role_name" {
  description = "What the role is called"
  type        = string
  default     = "wispwatch"
}

variable "member_role_name" {
  description = "What the role is called in the accounts of the organization: aws.member_role of the configuration"
  type        = string
  default     = "wispwatch"
}

variable "lists_accounts" {
  description = "true in the account that lists the accounts of the organization and assumes a role in each"
  type        = bool
  default     = false
}
