# Every third-party library, with the lowest version that is known to work and the module that needs it.
# ./snapshelf installs them by package name; nothing is downloaded while configuring.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)                # base: formatting
find_package(spdlog 1.10 REQUIRED)          # base: log
find_package(OpenSSL 3.0 REQUIRED)          # base: SHA-256 of pictures and model files (libcrypto)
find_package(nlohmann_json 3.11 REQUIRED)   # edges: model cards, REST, --json
find_package(CLI11 2.1 REQUIRED)            # apps: command line
find_package(tomlplusplus 3.3 REQUIRED)     # apps: the config file
find_package(Boost 1.81 REQUIRED)           # server: Asio and Beast (headers only)
find_package(Eigen3 3.4 REQUIRED NO_MODULE) # embed: eigenvectors of the PCA projection
find_package(ZLIB 1.2 REQUIRED)             # server: packed answers
find_package(CURL 7.85 REQUIRED)            # server: pictures at addresses, of hosts that the shop named
find_package(SQLite3 3.40 REQUIRED)         # products/sqlite
find_package(pugixml 1.13 REQUIRED)         # products: the ECB's exchange rates
find_package(Protobuf 3.21 REQUIRED)        # search/milvus: what crosses the wire
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++>=1.51 protobuf>=3.21) # search/milvus
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq>=15)      # products/postgres
pkg_check_modules(VIPS REQUIRED IMPORTED_TARGET vips-cpp>=8.14) # photo

# runtime: OpenVINO's wheel carries its CMake package; the virtual environment is made by ./snapshelf.
find_program(SNAPSHELF_PYTHON NAMES python3 HINTS ${CMAKE_SOURCE_DIR}/.venv/bin NO_DEFAULT_PATH REQUIRED)
execute_process(
  COMMAND ${SNAPSHELF_PYTHON} -c "from openvino.utils import get_cmake_path; print(get_cmake_path())"
  OUTPUT_VARIABLE OPENVINO_CMAKE_PATH OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(OpenVINO 2026 REQUIRED COMPONENTS Runtime PATHS ${OPENVINO_CMAKE_PATH} NO_DEFAULT_PATH)

# rerank: OpenCV's SIFT. Three of its libraries by name, because only libopencv-dev has the CMake package, and with it
# every other part of OpenCV.
find_path(OPENCV_INCLUDE_DIR opencv2/features2d.hpp PATH_SUFFIXES opencv4 REQUIRED) # 4.6
add_library(opencv_features2d INTERFACE)
add_library(opencv::features2d ALIAS opencv_features2d)
target_include_directories(opencv_features2d SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
foreach(part core imgproc features2d)
  find_library(OPENCV_${part}_LIBRARY opencv_${part} REQUIRED)
  target_link_libraries(opencv_features2d INTERFACE ${OPENCV_${part}_LIBRARY})
endforeach()

if(SNAPSHELF_BUILD_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
if(SNAPSHELF_BUILD_BENCH)
  find_package(benchmark 1.7 REQUIRED)
endif()
