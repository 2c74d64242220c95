"""Runs inside of a container of the lab: moto's S3, with a user, its keys, a bucket, and rights that count.

Everything but standard library here is moto's (``external.PACKAGES``). Prints the keys as one line of JSON.
"""

from __future__ import annotations

import json
import os
import time

BUCKET, USER = "files", "dify"
RIGHTS = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"]


def main() -> None:
    """Serve until ended."""
    os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"  # the calls below; then signatures and rights count
    import boto3  # type: ignore[import-not-found]
    from moto.server import ThreadedMotoServer  # type: ignore[import-not-found]

    ThreadedMotoServer(ip_address="0.0.0.0", port=9000, verbose=False).start()
    options = {"endpoint_url": "http://127.0.0.1:9000", "region_name": "us-east-1"}
    options |= {"aws_access_key_id": "first", "aws_secret_access_key": "first"}
    iam = boto3.client("iam", **options)
    iam.create_user(UserName=USER)
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    allowed = {"Effect": "Allow", "Action": RIGHTS, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=USER, PolicyName="files", PolicyDocument=policy)
    boto3.client("s3", **options).create_bucket(Bucket=BUCKET)
    print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]), flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
