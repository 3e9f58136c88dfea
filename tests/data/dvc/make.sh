#!/bin/sh
# Makes repository.txt and show.json anew, with DVC 3.67.1 and GTO 1.10.1 on the path: sh make.sh NEW-FOLDER
#
# GTO dates tags by the clock: they are made one second after another, and set a day apart from each other at
# the end.
set -e
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/home" "$1/repo"
cd "$1/repo"
HOME=$(cd ../home && pwd)
export HOME DVC_NO_ANALYTICS=1
export GIT_AUTHOR_NAME="Ana Diaz" GIT_AUTHOR_EMAIL=ana@example.org
export GIT_COMMITTER_NAME="Ana Diaz" GIT_COMMITTER_EMAIL=ana@example.org
at() {
  GIT_AUTHOR_DATE="$(date -d "$1" +%s) +0000"
  GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
  export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}
tagged() {
  gto "$@"
  sleep 1
}

git init -q -b main
dvc init -q
git rm -q --cached .dvc/.gitignore
dvc config core.analytics false
dvc remote add -d store s3://shop/dvc
mkdir data pictures
printf 'customer,orders\n1,12\n2,1\n' > data/orders.csv
printf a > pictures/a.txt
printf b > pictures/b.txt
dvc add -q data/orders.csv pictures
printf 'split: {seed: 7, share: 0.5}\ntrain: {depth: 3, name: trees}\n' > params.yaml
cat > split.py <<END
rows = open("data/orders.csv").read().splitlines()
open("train.csv", "w").write("\n".join(rows[:2]) + "\n")
END
cat > train.py <<END
import json

open("model.bin", "w").write("trees " + open("params.yaml").read())
json.dump({"auc": 0.8, "by": {"test": {"f1": 0.7}}, "note": "x"}, open("metrics.json", "w"))
END
cat > dvc.yaml <<END
stages:
  split:
    cmd: python split.py
    deps: [data/orders.csv, split.py]
    params: [split]
    outs: [train.csv]
  train:
    cmd: python train.py
    desc: Trains the trees.
    deps: [train.csv, train.py, pictures]
    params: [train.depth, train.name]
    outs: [model.bin]
    metrics:
      - metrics.json: {cache: false}
artifacts:
  churn:
    path: model.bin
    type: model
    desc: Who leaves
    labels: [trees]
    meta: {framework: none}
END
at 2024-01-01T08:00:00Z
dvc repro -q
git add . ':!.dvc/.gitignore'
git commit -qm "Begin"
tagged register churn --version v1.0.0 -m "The first"
tagged assign churn --version v1.0.0 --stage staging
at 2024-02-01T08:00:00Z
printf 'customer,orders\n1,12\n2,1\n3,4\n' > data/orders.csv
dvc add -q data/orders.csv
sed -i 's/depth: 3/depth: 4/' params.yaml
dvc repro -q
git add . ':!.dvc/.gitignore'
git commit -qm "More orders"
tagged register churn --version v1.1.0
tagged assign churn --version v1.1.0 --stage prod -m "Better"
tagged assign churn --version v1.1.0 --stage staging
tagged assign churn --version v1.0.0 --stage prod -m "Back"
tagged deprecate churn v1.0.0 prod -m "It was worse"
tagged deprecate churn v1.0.0 -m "Too old"
tagged register sub/dir:other --version v0.0.1
tagged register gone --version v1.0.0
tagged assign gone --version v1.0.0 --stage dev --simple true
tagged deprecate gone
git checkout -q -b imports
printf 'a,b\n' > notes.csv
dvc add -q notes.csv
git add . ':!.dvc/.gitignore'
git commit -qm "Notes"
git tag light
git checkout -q main

gto show --json > "$here/show.json"
git fast-export --all --signed-tags=strip | python3 -c '
import re, sys

made = sys.stdin.buffer.read()
tagger = re.compile(rb"^(tagger .*> )(\d+)( \+0000)$", re.MULTILINE)
times = sorted({int(found[2]) for found in tagger.finditer(made)})
days = {time: 1704182400 + 86400 * day for day, time in enumerate(times)}
made = tagger.sub(lambda found: found[1] + b"%d" % days[int(found[2])] + found[3], made)
sys.stdout.buffer.write(made)
' > "$here/repository.txt"
