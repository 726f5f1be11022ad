include(GoogleTest)

# snapshelf_module(NAME SOURCES a.cpp ... [LINK modules] [PRIVATE libraries])
# One module = one folder = one target. LINK names the modules that it may include (tools/check_layers.py
# holds the same table against the #include lines); PRIVATE names third-party libraries.
function(snapshelf_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(snapshelf_${name} STATIC ${ARG_SOURCES})
  add_library(snapshelf::${name} ALIAS snapshelf_${name})
  target_include_directories(snapshelf_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(snapshelf_${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
endfunction()

# snapshelf_test(NAME SOURCES a_test.cpp ... LINK modules [LABEL unit])
# The tests of one module as one program; ctest sees every test case by its name.
function(snapshelf_test name)
  if(NOT SNAPSHELF_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE SNAPSHELF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300 DISCOVERY_MODE PRE_TEST)
endfunction()
