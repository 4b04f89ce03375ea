"""Images of machines that the account has made. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Image.html"""

from dataclasses import dataclass

from collectors.api import Api, Item, Items
from collectors.aws.fields import truth
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

OWN_IMAGES = Api("ec2", "DescribeImages", "Images{ImageId Public}", {"Owners": ["self"]})


@dataclass(frozen=True, kw_only=True)
class MachineImage(Resource):
    """An image of the account's own. What stands on its disks goes to everybody who may start it."""

    public: bool


@aws_collector(each=Items(OWN_IMAGES, "Images", "arn:{partition}:ec2:{region}::image/{ImageId}"))
def machine_image(image: Item) -> MachineImage:
    """An image that is shared with named accounts only is not public."""
    return MachineImage(arn=image.arn, region=image.region, public=truth(image["Public"]))
