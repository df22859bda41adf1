#!/bin/sh
github_tag=${1-"1.4.0"}
echo "installing almanac $github_tag"
