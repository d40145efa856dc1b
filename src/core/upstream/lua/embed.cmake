# SPDX-License-Identifier: Apache-2.0
# Writes scripts.inc: each script of this folder, after its beginning, as a string literal.
#   cmake -DOUT=FILE -P embed.cmake
file(READ ${CMAKE_CURRENT_LIST_DIR}/common.lua common)
set(text "")
foreach(name acquire renew fill fail release invalidate swap outdate slide)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${name}.lua body)
  string(APPEND text "constexpr std::string_view ${name}_script = R\"lua(${common}${body})lua\";\n")
endforeach()
file(READ ${CMAKE_CURRENT_LIST_DIR}/places.lua places)
foreach(name enter leave)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${name}.lua body)
  string(APPEND text "constexpr std::string_view ${name}_script = R\"lua(${places}${body})lua\";\n")
endforeach()
file(CONFIGURE OUTPUT ${OUT} CONTENT "${text}" @ONLY)
