# The role of deploy/aws/role.yaml for those who use Terraform or OpenTofu:
#
#   module "wispwatch" {
#     source            = "./deploy/terraform/aws-role"
#     scanner_principal = "arn:aws:iam::111111111111:role/wispwatch-scanner"
#     external_id       = "a text that only you and your scanner know"
#   }

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_partition" "current" {}

resource "aws_iam_policy" "reads" {
  name        = "${var.role_name}-reads"
  description = "What the checks of wispwatch read"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WispwatchReads"
      Effect   = "Allow"
      Action   = local.reads
      Resource = "*"
    }]
  })
}

resource "aws_iam_role" "wispwatch" {
  name                 = var.role_name
  description          = "Read by wispwatch: 201 CMR 17.04"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.scanner_principal }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "reads" {
  role       = aws_iam_role.wispwatch.name
  policy_arn = aws_iam_policy.reads.arn
}

resource "aws_iam_role_policy" "lists" {
  count = var.lists_accounts ? 1 : 0
  name  = "wispwatch-lists-accounts"
  role  = aws_iam_role.wispwatch.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WispwatchListsAccounts"
        Effect   = "Allow"
        Action   = local.lists
        Resource = "*"
      },
      {
        Sid      = "WispwatchEntersAccounts"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole"]
        Resource = "arn:${data.aws_partition.current.partition}:iam::*:role/${var.member_role_name}"
      },
    ]
  })
}

output "role_arn" {
  description = "aws.role of the scanner's configuration"
  value       = aws_iam_role.wispwatch.arn
}
