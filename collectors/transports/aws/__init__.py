"""AWS accounts over boto3: each call once, everything else in the shape of the other transports."""
