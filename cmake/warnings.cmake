add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
                    -Wno-sign-conversion -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overflows in std::string's inlined copies that are not there (GCC bugs 105329, 105651).
  add_compile_options(-Wno-restrict -Wno-stringop-overflow)
endif()
if(SNAPSHELF_WERROR)
  add_compile_options(-Werror)
endif()
if(SNAPSHELF_SANITIZE)
  add_compile_options(-fsanitize=${SNAPSHELF_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${SNAPSHELF_SANITIZE})
endif()
