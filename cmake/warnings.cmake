add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
                    -Wno-sign-conversion -Wno-missing-field-initializers)
if(SNAPSHELF_WERROR)
  add_compile_options(-Werror)
endif()
if(SNAPSHELF_SANITIZE)
  add_compile_options(-fsanitize=${SNAPSHELF_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${SNAPSHELF_SANITIZE})
endif()
