#!/bin/sh
exec "${PYTHON:-python3}" -m ziglang ar "$@"
