#!/usr/bin/env bash
# Packs the frozen app as a disk image.   packaging/macos.sh APP VERSION OUT.dmg
# With MACOS_IDENTITY the image is signed; with APPLE_API_KEY_FILE, APPLE_API_KEY_ID and APPLE_API_ISSUER it is
# notarised and stapled as well. (The app itself was signed by build.spec.)
# not run yet: all of this; it needs macOS.
set -euo pipefail
app=$1 version=$2 image=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
codesign --verify --deep --strict "$app"
ditto "$app" "$folder/$(basename "$app")"
ln -s /Applications "$folder/Applications"
hdiutil create -volname "Dify Installer $version" -srcfolder "$folder" -format UDZO -ov "$image"
if [ -n "${MACOS_IDENTITY:-}" ]; then
    codesign --sign "$MACOS_IDENTITY" --timestamp "$image"
fi
if [ -n "${APPLE_API_KEY_FILE:-}" ]; then
    xcrun notarytool submit "$image" --wait \
        --key "$APPLE_API_KEY_FILE" --key-id "$APPLE_API_KEY_ID" --issuer "$APPLE_API_ISSUER"
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature --verbose "$image"
fi
