; The installer for Windows: the frozen folder, start menu, an entry in "Apps", an uninstaller. English and Japanese.
;
;   makensis -NOCD -WX -DVERSION=0.1.0 -DFROZEN=dist\dify-installer -DICON=build\build\icons\dify-installer.ico \
;            -DOUT=dist\dify-installer-0.1.0-setup.exe packaging\windows.nsi
;
; (-NOCD: paths from the folder makensis is started in.) For this user only, so no administrator is needed.
; Silent: dify-installer-0.1.0-setup.exe /S [/D=FOLDER].

Unicode true
ManifestDPIAware true
SetCompressor /SOLID lzma

!ifndef VERSION | FROZEN | ICON | OUT
  !error "VERSION, FROZEN, ICON and OUT are needed, see the head of this file"
!endif

!define NAME "Dify Installer"
!define ID "dify-installer"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${ID}"

!ifdef NSIS_WIN32_MAKENSIS
  !define SLASH "\"
!else
  !define SLASH "/"
!endif

RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "Software\${ID}" "Folder"
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include x64.nsh

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=1033 "ProductName" "${NAME}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileDescription" "${NAME} Setup"
VIAddVersionKey /LANG=1033 "LegalCopyright" "Apache-2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\dify-installer.exe"
!define MUI_LANGDLL_REGISTRY_ROOT HKCU
!define MUI_LANGDLL_REGISTRY_KEY "Software\${ID}"
!define MUI_LANGDLL_REGISTRY_VALUENAME "Language"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_RESERVEFILE_LANGDLL

LangString NeedsNewer ${LANG_ENGLISH} "${NAME} needs Windows 10 (1809) or newer, 64 bit."
LangString NeedsNewer ${LANG_JAPANESE} "${NAME} には 64 ビット版の Windows 10 (1809) 以降が必要です。"
LangString InUse ${LANG_ENGLISH} "${NAME} is open. Close it and try again."
LangString InUse ${LANG_JAPANESE} "${NAME} が開いています。閉じてから、もう一度お試しください。"
LangString KeepSettings ${LANG_ENGLISH} "Keep the list of your servers and your settings? Dify itself is not touched in either case."
LangString KeepSettings ${LANG_JAPANESE} "サーバーの一覧と設定を残しますか？どちらの場合も、Dify 本体には影響しません。"

!macro EndIfOpen
  ; a program that runs cannot be opened for writing
  ${If} ${FileExists} "$INSTDIR\dify-installer.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\dify-installer.exe" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONEXCLAMATION "$(InUse)" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Function .onInit
  !insertmacro MUI_LANGDLL_DISPLAY
  ; what Qt 6.11 asks for
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
  ${OrIfNot} ${AtLeastBuild} 17763
    MessageBox MB_OK|MB_ICONSTOP "$(NeedsNewer)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

Function un.onInit
  !insertmacro MUI_UNGETLANGUAGE
FunctionEnd

Section
  !insertmacro EndIfOpen
  ; an older version's files would be loaded by the newer program
  ${If} ${FileExists} "$INSTDIR\dify-installer.exe"
    RMDir /r "$INSTDIR\_internal"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${FROZEN}${SLASH}*"
  File "/oname=dify-installer.ico" "${ICON}"
  CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\dify-installer.exe" "" "$INSTDIR\dify-installer.ico"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "Software\${ID}" "Folder" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\dify-installer.ico"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

Section "Uninstall"
  !insertmacro EndIfOpen
  ; only what was put there: the folder may be one that a person chose and uses for more
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\dify-installer.exe"
  Delete "$INSTDIR\dify-installer-cli.exe"
  Delete "$INSTDIR\dify-installer.ico"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\${ID}"
  ; installer/core/app_folder.py: where a person's servers and settings are. Kept unless they say no; silent: kept
  MessageBox MB_YESNO|MB_ICONQUESTION "$(KeepSettings)" /SD IDYES IDYES keep
    RMDir /r "$LOCALAPPDATA\dify-installer"
  keep:
SectionEnd
