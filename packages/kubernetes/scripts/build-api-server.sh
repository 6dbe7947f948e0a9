#!/usr/bin/env bash
# Builds a kube-apiserver 1.20.2 from Debian bookworm's source package, for record-api-server.ts. It takes about 12 minutes of two
# processors. As root on Debian bookworm:
#
#   scripts/build-api-server.sh FOLDER      leaves FOLDER/kube-apiserver
#
# The package builds only kubectl, but its source is whole, with two exceptions that are mended here.
set -euo pipefail
folder=$(realpath -m "${1:?usage: build-api-server.sh FOLDER}")
here=$(dirname "$(realpath "$0")")
# The test bed knows the mirror that this machine's own apt uses.
mirror='import { debianMirror } from "../../../test/bed/debian/mirror.ts"; console.log(debianMirror());'
repository=$(cd "$here" && node --import tsx --input-type=module --eval "$mirror")
mkdir -p "$folder"/apt/{lists,cache/archives}/partial
cd "$folder"

apt-get install --yes --no-install-recommends dpkg-dev golang-1.19-go golang-github-modern-go-reflect2-dev etcd-server

cat > apt/apt.conf <<CONF
APT::Sandbox::User "root";
Dir::Etc::sourceparts "-";
Dir::Etc::sourcelist "$folder/apt/sources.list";
Dir::State::Lists "$folder/apt/lists";
Dir::Cache "$folder/apt/cache";
CONF
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $repository bookworm main" > apt/sources.list
export APT_CONFIG=$folder/apt/apt.conf
apt-get update --quiet
[ -e kubernetes_*.dsc ] || apt-get source --download-only kubernetes

tree=$folder/go/src/k8s.io/kubernetes
if [ ! -d "$tree" ]; then
  mkdir -p "$(dirname "$tree")"
  dpkg-source --extract kubernetes_*.dsc "$tree"
fi

# Version 1.0.1, which is in the tree, breaks the decoding of maps since Go 1.18.
rm -rf "$tree/vendor/github.com/modern-go/reflect2"
cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 "$tree/vendor/github.com/modern-go/"

export PATH=/usr/lib/go-1.19/bin:$PATH
export GOPATH=$folder/go GO111MODULE=off CGO_ENABLED=0 GOCACHE=$folder/cache GOFLAGS=
cd "$tree"

# The one generated file that is not in the tree.
go build -o "$folder/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
packages=$(grep --recursive --dereference-recursive --files-with-matches --include='*.go' '^// +k8s:openapi-gen=' \
  pkg cmd vendor/k8s.io | grep -v zz_generated | xargs -n 1 dirname | sort -u | sed 's|^|k8s.io/kubernetes/|' | paste -sd,)
"$folder/openapi-gen" --input-dirs "$packages" --output-base "$GOPATH/src" --output-package k8s.io/kubernetes/pkg/generated/openapi \
  --output-file-base zz_generated.openapi --go-header-file hack/boilerplate/boilerplate.generatego.txt --report-filename /dev/null

go build -ldflags '-s -w -X k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitVersion=v1.20.2 -X k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitMajor=1 -X k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitMinor=20' \
  -o "$folder/kube-apiserver" ./cmd/kube-apiserver
"$folder/kube-apiserver" --version
