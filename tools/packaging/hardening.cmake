# NST_HARDENING: what makes a defect hard to exploit, in optimised builds, as far as compiler and linker have it.
# tests/install/test_hardening.py reads it off the files.
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

check_pie_supported(OUTPUT_VARIABLE ignored LANGUAGES C) # CMAKE_POSITION_INDEPENDENT_CODE then holds for linking too

check_c_compiler_flag(-fstack-protector-strong NST_HAVE_STACK_PROTECTOR)
if(NST_HAVE_STACK_PROTECTOR)
    add_compile_options($<${NST_OPTIMISED}:-fstack-protector-strong>)
endif()

# It needs optimisation; some distributions give it by themselves, and a second time is a warning.
set(configuration ${CMAKE_BUILD_TYPE})
if(CMAKE_CONFIGURATION_TYPES)
    set(configuration Release)
endif()
string(TOUPPER "CMAKE_C_FLAGS_${configuration}" flags)
set(CMAKE_REQUIRED_FLAGS "${${flags}}")
check_c_source_compiles("
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE
#error
#endif
int main(void) { return 0; }" NST_FORTIFY_${configuration})
unset(CMAKE_REQUIRED_FLAGS)
if(NST_FORTIFY_${configuration})
    add_compile_options($<${NST_OPTIMISED}:-D_FORTIFY_SOURCE=2>)
endif()

check_linker_flag(C LINKER:-z,relro,-z,now NST_HAVE_RELRO)
if(NST_HAVE_RELRO)
    add_link_options($<${NST_OPTIMISED}:LINKER:-z,relro,-z,now>)
endif()
